/**
 * Shows pictures one after another and only the newest of those that came meanwhile. `show` ends when the picture is on
 * the screen or cannot be; only then `shown` is called, with the number of the newest that was taken in.
 */
export class Newest<T> {
  private waiting: T | null = null;
  private busy = false;

  constructor(
    private readonly show: (item: T) => Promise<void>,
    private readonly shown: (item: T) => void,
  ) {}

  offer(item: T): void {
    this.waiting = item;
    if (!this.busy) {
      void this.run();
    }
  }

  private async run(): Promise<void> {
    this.busy = true;
    while (this.waiting !== null) {
      const item = this.waiting;
      this.waiting = null;
      try {
        await this.show(item);
      } catch {
        // A broken picture is left out; the next one will do.
      }
      this.shown(item);
    }
    this.busy = false;
  }
}
