import { useState } from 'preact/hooks';
import { nowMs, useEvery } from '../app';
import type { OrderError } from '../terminal/messages';

/** How long a login is still locked, by the wait that its last refusal named; most name none. */
export function useLockout(): { leftMs: number; answered: (refusal: OrderError | null) => void } {
  const [openAtMs, setOpenAtMs] = useState(0);
  const now = useEvery(500);
  return {
    leftMs: Math.max(0, openAtMs - now),
    // Without a wait not the present: `now` is a little older, and the lock would be shown for that long.
    answered: (refusal) => setOpenAtMs(refusal?.wait_ms ? nowMs() + refusal.wait_ms : 0),
  };
}
