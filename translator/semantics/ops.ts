export type Semantics = (o: never) => void;
