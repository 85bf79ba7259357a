import type { Code, Val } from '../wasm/code.ts';

export interface Arm {
  readonly label: string;
  readonly body: () => void;
}

/** A br_table whose arms follow one another; every arm must end with a jump of its own. */
export const emitSwitch = (c: Code, index: Val, labels: string[], otherwise: string, arms: readonly Arm[]): void => {
  const nest = (n: number): void => {
    if (n < 0) {
      c.switch(index, labels, otherwise);
      return;
    }
    c.block(arms[n]!.label, () => nest(n - 1));
    arms[n]!.body();
  };
  nest(arms.length - 1);
};
