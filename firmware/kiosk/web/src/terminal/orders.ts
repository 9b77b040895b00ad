import type { Answer, OrderError, Progress } from './messages';

export type Outcome = { ok: true; result: Record<string, unknown> } | { ok: false; error: OrderError };

interface Running {
  id: number;
  progress: (line: Record<string, unknown>) => void;
  done: (outcome: Outcome) => void;
}

const lost: OrderError = { code: 'unavailable', message: 'no connection to the terminal' };

/** One order at a time, as the terminal wants it: the next one waits for the answer of the last. */
export class Orders {
  private running: Running | null = null;
  private waiting: { text: string; running: Running }[] = [];
  private lastId = 0;
  private send: ((text: string) => void) | null = null;

  /** null: no connection; what runs and waits ends as unavailable. */
  connect(send: ((text: string) => void) | null): void {
    this.send = send;
    const ended = [...(this.running ? [this.running] : []), ...this.waiting.map((order) => order.running)];
    this.running = null;
    this.waiting = [];
    ended.forEach((order) => order.done({ ok: false, error: lost }));
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

  /** Ends the order that runs; its own answer says how it ended. */
  cancel(): void {
    if (this.running !== null) {
      this.send?.(JSON.stringify({ id: ++this.lastId, verb: 'cancel', arguments: {} }));
    }
  }

  take(message: Progress | Answer): void {
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
    done(message.error ? { ok: false, error: message.error } : { ok: true, result: message.result ?? {} });
  }

  private next(): void {
    const first = this.running === null ? this.waiting.shift() : undefined;
    if (first !== undefined) {
      this.running = first.running;
      this.send?.(first.text);
    }
  }
}
