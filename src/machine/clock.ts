/**
 * Guest time: nanoseconds since power on, and the queue of things that happen at a given time.
 * Nothing on the board runs a host timer; the run loop asks for the next deadline and sleeps or runs until then.
 */

/** One pending event. */
export interface Timer {
  /** Guest time in ns. */
  readonly deadline: number;
  /** Forgets the event; harmless when it has run. */
  cancel(): void;
}

export type Patience = 'exact' | 'patient';

/** What a device sees of time. */
export interface Clock {
  /** Guest time in whole ns since power on; never decreases. */
  now(): number;
  /**
   * Runs `fn` once, at the first opportunity when `now() >= deadline`. While a quiet guest sleeps a patient event may
   * come later: one that the guest asks for anew each time, so that none is lost.
   */
  at(deadline: number, fn: () => void, patience?: Patience): Timer;
}

const NOT_QUEUED = -1;

class Event implements Timer {
  index = NOT_QUEUED;
  readonly deadline: number;
  readonly sequence: number;
  readonly fn: () => void;
  readonly patience: Patience;
  private readonly queue: EventQueue;

  constructor(queue: EventQueue, deadline: number, sequence: number, fn: () => void, patience: Patience) {
    this.queue = queue;
    this.deadline = deadline;
    this.sequence = sequence;
    this.fn = fn;
    this.patience = patience;
  }

  cancel(): void {
    this.queue.remove(this);
  }

  /** Events of one deadline keep the order in which they were asked for: runs must repeat. */
  precedes(other: Event): boolean {
    return this.deadline !== other.deadline ? this.deadline < other.deadline : this.sequence < other.sequence;
  }
}

/** A binary heap of events, earliest first. */
class EventQueue {
  private readonly heap: Event[] = [];
  private sequence = 0;

  /** Deadline of the earliest event in ns, Infinity when there is none. */
  nextDeadline(): number {
    return this.heap.length > 0 ? this.heap[0].deadline : Infinity;
  }

  /** The deadline of a sleep that may keep patient events waiting for `slack` ns. */
  wakeUpTime(slack: number): number {
    const latest = ({ deadline, patience }: Event) => deadline + (patience === 'patient' ? slack : 0);
    return this.heap.reduce((earliest, event) => Math.min(earliest, latest(event)), Infinity);
  }

  add(deadline: number, fn: () => void, patience: Patience): Timer {
    const event = new Event(this, deadline, this.sequence++, fn, patience);
    this.insert(event);
    return event;
  }

  remove(event: Event): void {
    const { index } = event;
    if (index === NOT_QUEUED) return;
    event.index = NOT_QUEUED;
    const last = this.heap.pop()!;
    if (last === event) return;
    this.place(last, index);
    this.siftUp(index);
    this.siftDown(last.index);
  }

  /** Runs events due at `time`: as many as wait now, so that a device which always asks for one more cannot hold it up. */
  run(time: number): void {
    for (let left = this.heap.length; left > 0 && this.nextDeadline() <= time; left--) {
      const event = this.heap[0];
      this.remove(event);
      event.fn();
    }
  }

  clear(): void {
    for (const event of this.heap.splice(0)) event.index = NOT_QUEUED;
  }

  private insert(event: Event): void {
    this.heap.push(event);
    this.siftUp(this.heap.length - 1);
  }

  private place(event: Event, index: number): void {
    this.heap[index] = event;
    event.index = index;
  }

  private siftUp(index: number): void {
    const event = this.heap[index];
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!event.precedes(this.heap[parent])) break;
      this.place(this.heap[parent], index);
      index = parent;
    }
    this.place(event, index);
  }

  private siftDown(index: number): void {
    const event = this.heap[index];
    for (;;) {
      let child = 2 * index + 1;
      if (child >= this.heap.length) break;
      if (child + 1 < this.heap.length && this.heap[child + 1].precedes(this.heap[child])) child++;
      if (!this.heap[child].precedes(event)) break;
      this.place(this.heap[child], index);
      index = child;
    }
    this.place(event, index);
  }
}

/** A clock with its events, as the run loop sees it. */
export abstract class MachineClock implements Clock {
  private readonly events = new EventQueue();
  /** Called when an event becomes the earliest one, so that a CPU slice that would overrun it can be cut. */
  onEarlierDeadline: (deadline: number) => void = () => {};

  abstract now(): number;

  at(deadline: number, fn: () => void, patience: Patience = 'exact'): Timer {
    const earliest = this.events.nextDeadline();
    const timer = this.events.add(deadline, fn, patience);
    if (deadline < earliest) this.onEarlierDeadline(deadline);
    return timer;
  }

  nextDeadline(): number {
    return this.events.nextDeadline();
  }

  wakeUpTime(slack: number): number {
    return this.events.wakeUpTime(slack);
  }

  /** Time stands until `resume`. */
  pause(): void {}
  resume(): void {}

  /** The guest sleeps, until `deadline` if nothing comes up; and has slept. */
  sleep(_deadline: number): void {}
  wake(): void {}

  /** Runs the events that are due. */
  runDue(): void {
    this.events.run(this.now());
  }

  /** Forgets all events, as when the devices that wait for them lose power. */
  clear(): void {
    this.events.clear();
  }
}

/** What may pass between two looks at the clock, in ns: at any time, and more for each instruction executed. */
const STRIDE = { least: 200_000, perInstruction: 1000 };
/** The longest time, in ns, that a guest lags behind the host. */
const LONGEST_LAG = 1_000_000_000;

/**
 * Guest time follows the host's monotonic clock, except while paused. When the process has been kept from running,
 * time does not jump, which would spoil what a guest is just measuring with one clock against another: it goes on
 * from where it was and makes up for the delay by running twice as fast, or at once while the guest sleeps.
 */
export class HostClock extends MachineClock {
  private readonly instructions: () => number;
  private readonly host: () => number;
  private time = 0;
  /** How far time is behind the host's. */
  private lag = 0;
  /** Host time in ns, and the count of instructions, at the last look. */
  private seen = 0;
  private executed = 0;
  private paused = true;

  /** Paused at first. `instructions` returns how many have been executed, `host` the host's time in whole ns. */
  constructor(instructions: () => number, host = hostNanoseconds) {
    super();
    this.instructions = instructions;
    this.host = host;
  }

  now(): number {
    if (this.paused) return this.time;
    const executed = this.instructions();
    const stride = STRIDE.least + STRIDE.perInstruction * Math.max(0, executed - this.executed);
    this.executed = executed;
    const passed = this.pass();
    const pace = Math.min(passed, stride);
    this.lag += passed - pace;
    this.catchUp(Math.max(pace, this.lag - LONGEST_LAG));
    this.time += pace;
    return this.time;
  }

  override sleep(deadline: number): void {
    this.catchUp(Math.floor(deadline - this.now()));
  }

  override wake(): void {
    this.time += this.pass();
  }

  override pause(): void {
    this.now();
    this.paused = true;
  }

  override resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.pass();
  }

  /** Host time since the last look, in ns. */
  private pass(): number {
    const before = this.seen;
    this.seen = this.host();
    return this.seen - before;
  }

  private catchUp(most: number): void {
    const caught = Math.min(this.lag, Math.max(0, most));
    this.lag -= caught;
    this.time += caught;
  }
}

function hostNanoseconds(): number {
  return Math.floor(performance.now() * 1e6);
}

/** Guest time follows the count of executed instructions, so that a run repeats exactly. */
export class InstructionClock extends MachineClock {
  private readonly instructions: () => number;
  private readonly nanosecondsPerInstruction: number;
  /** Time that passed while the CPU was halted, in ns. */
  private idle = 0;

  /** `instructions` returns the exact number of instructions executed so far, in the middle of a slice too. */
  constructor(instructions: () => number, nanosecondsPerInstruction = 1) {
    super();
    this.instructions = instructions;
    this.nanosecondsPerInstruction = nanosecondsPerInstruction;
  }

  now(): number {
    return Math.floor(this.instructions() * this.nanosecondsPerInstruction) + this.idle;
  }

  /** The CPU is halted: time jumps to `deadline` (never back). */
  advanceTo(deadline: number): void {
    this.idle += Math.max(0, Math.ceil(deadline) - this.now());
  }

  /** How many instructions may run before `deadline` is due. */
  instructionsUntil(deadline: number): number {
    return Math.max(0, Math.ceil((deadline - this.now()) / this.nanosecondsPerInstruction));
  }
}
