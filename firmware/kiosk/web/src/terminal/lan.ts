// The same page, opened from the local network over TLS: whoever has the admin's PIN administers, and nobody checks in.
import type { OrderError } from './messages';

export const isLan = location.protocol === 'https:';

/** Whether this browser's cookie still stands for a login; null: the terminal does not answer. */
export async function isLoggedIn(): Promise<boolean | null> {
  try {
    return (await fetch('/session', { cache: 'no-store' })).status === 204;
  } catch {
    return null;
  }
}

/** null: logged in. */
export async function logIn(pin: string): Promise<OrderError | null> {
  try {
    const answer = await fetch('/login', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ pin }),
    });
    if (answer.ok) {
      return null;
    }
    const problem = (await answer.json()) as { code?: string; detail?: string; wait_ms?: number };
    const error = { code: problem.code ?? 'invalid_argument', message: problem.detail ?? '' };
    return problem.wait_ms === undefined ? error : { ...error, wait_ms: problem.wait_ms };
  } catch {
    return { code: 'unavailable', message: 'the terminal does not answer' };
  }
}
