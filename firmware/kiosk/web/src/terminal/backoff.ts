const firstMs = 500;
const mostMs = 8_000;

/** How long to wait before trying again: doubled each time, at most 8 s, a quarter of it by chance. */
export class Backoff {
  private failures = 0;

  constructor(private readonly chance: () => number = Math.random) {}

  next(): number {
    const whole = Math.min(mostMs, firstMs * 2 ** this.failures);
    this.failures = Math.min(this.failures + 1, 16);
    return Math.round(whole * (0.75 + 0.25 * this.chance()));
  }

  reset(): void {
    this.failures = 0;
  }
}
