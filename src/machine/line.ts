/** A wire: called with its level; true is asserted, whatever the polarity of the real pin. */
export type Line = (level: boolean) => void;

/** Several sources on one wire: `output` is asserted while any of them is. */
export class SharedLine {
  private readonly output: Line;
  private asserted = 0;

  constructor(output: Line) {
    this.output = output;
  }

  /** A new source, not asserted. */
  source(): Line {
    let current = false;
    return (level) => {
      if (level === current) return;
      current = level;
      this.asserted += level ? 1 : -1;
      this.output(this.asserted > 0);
    };
  }
}
