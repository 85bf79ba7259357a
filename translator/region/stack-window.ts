/** The stack as a region sees it: a window on all that it is going to use at constant distances from ESP. */
import type { Code, Local, Val } from '../wasm/code.ts';
import type { Key } from './graph.ts';
import type { StackPlan } from './stack-plan.ts';
import { type InWindow, Window, type WindowLocals } from './window.ts';

export class StackWindow {
  /** Its bit in masks of words. */
  readonly word: number;
  /** ESP − anchor where the code is that is being built, as the plan has it. */
  offset: number | undefined;
  /** EBP − anchor there. */
  frame: number | undefined;
  private readonly plan: StackPlan;
  /** Offset 0 is the lowest place in the plan. */
  private readonly window: Window;

  constructor(c: Code, base: Local, plan: StackPlan, word: number) {
    this.window = new Window(c, base);
    this.plan = plan;
    this.word = word;
  }

  /** Where `bytes` bytes at ESP + `distance` lie; undefined where they are not in the window. */
  reserve(distance: number, bytes: number, write: boolean): InWindow | undefined {
    if (this.offset === undefined) return undefined;
    return this.window.reserve(this.offset + distance - this.plan.lowest, bytes, write);
  }
  /** The same at EBP + `distance`. */
  reserveOnFrame(distance: number, bytes: number, write: boolean): InWindow | undefined {
    if (this.frame === undefined) return undefined;
    return this.window.reserve(this.frame + distance - this.plan.lowest, bytes, write);
  }

  /** An instruction follows. */
  at(key: Key): void {
    this.offset = this.plan.before(key);
    const frame = this.plan.frameBefore(key);
    this.frame = this.offset === undefined || frame === undefined ? undefined : this.offset + frame;
  }

  /** ESP moves within an instruction, by a constant if it is one. */
  move(bytes: number | undefined): void {
    if (this.offset !== undefined) this.offset = bytes === undefined ? undefined : this.offset + bytes;
  }

  /** Looks the window up, ESP being `offset` above the anchor. */
  find(esp: () => Val, offset: number, locals: WindowLocals, leave: () => void): void {
    this.window.find(esp, this.plan.lowest - offset, locals, leave);
  }
}
