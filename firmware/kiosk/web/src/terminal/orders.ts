import type { Answer, OrderError, Progress } from './messages';

export type Outcome = { ok: true; result: Record<string, unknown> } | { ok: false; error: OrderError };

interface Running {
  id: number;
  progress: (line: Record<string, unknown>) => void;
  done: (outcome: Outcome) => void;
}

const lost: OrderError = { code: 'unavailable', message: 'no connection to the terminal' };

function outcome(answer: Answer): Outcome {
  return answer.error ? { ok: false, error: answer.error } : { ok: true, result: answer.result ?? {} };
}

/** One order at a time, as the terminal wants it: the next one waits for the answer of the last. */
export class Orders {
  private running: Running | null = null;
  private waiting: { text: string; running: Running }[] = [];
  private readonly aside = new Map<number, Running['done']>();
  private lastId = 0;
  private send: ((text: string) => void) | null = null;

  /** null: no connection; what runs and waits ends as unavailable. */
  connect(send: ((text: string) => void) | null): void {
    this.send = send;
    const ended = [
      ...(this.running ? [this.running.done] : []),
      ...this.waiting.map((order) => order.running.done),
      ...this.aside.values(),
    ];
    this.running = null;
    this.waiting = [];
    this.aside.clear();
    ended.forEach((done) => done({ ok: false, error: lost }));
  }

  order(
    verb: string,
    args: Record<string, unknown> = {},
    progress: Running['progress'] = () => {},
  ): Promise<Outcome> {
    return new Promise((done) => {
      if (this.send === null) {
        done({ ok: false, error: lost });
        return;
      }
      const running = { id: ++this.lastId, progress, done };
      this.waiting.push({ text: JSON.stringify({ id: running.id, verb, arguments: args }), running });
      this.next();
    });
  }

  /** One that the terminal carries out beside the others, at once. */
  beside(verb: string, args: Record<string, unknown>): Promise<Outcome> {
    return new Promise((done) => {
      if (this.send === null) {
        done({ ok: false, error: lost });
        return;
      }
      const id = ++this.lastId;
      this.aside.set(id, done);
      this.send(JSON.stringify({ id, verb, arguments: args }));
    });
  }

  /** Ends the order that runs; its own answer says how it ended. */
  cancel(): void {
    if (this.running !== null) {
      this.send?.(JSON.stringify({ id: ++this.lastId, verb: 'cancel', arguments: {} }));
    }
  }

  take(message: Progress | Answer): void {
    const aside = this.aside.get(message.id);
    if (aside !== undefined && message.type === 'answer') {
      this.aside.delete(message.id);
      aside(outcome(message));
      return;
    }
    if (this.running?.id !== message.id) {
      return; // of a cancel, or of a connection before
    }
    if (message.type === 'progress') {
      this.running.progress(message.progress);
      return;
    }
    const { done } = this.running;
    this.running = null;
    this.next();
    done(outcome(message));
  }

  private next(): void {
    const first = this.running === null ? this.waiting.shift() : undefined;
    if (first !== undefined) {
      this.running = first.running;
      this.send?.(first.text);
    }
  }
}
