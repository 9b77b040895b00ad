import { useState } from 'preact/hooks';
import { nowMs, useApp } from '../app';
import { countdown } from '../clock';
import { Icon } from '../parts/icon';
import { useLockout } from '../parts/use_lockout';
import { useOnce } from '../parts/use_once';
import { errorText } from '../parts/use_order';
import { language, languages } from '../state';
import { logIn } from '../terminal/lan';
import type { OrderError } from '../terminal/messages';
import { tables } from '../texts';
import { Admin } from './admin';

/** In a browser of the local network: the admin's PIN, typed on its keyboard. */
export function LanLogin() {
  const { say, link } = useApp();
  const [pin, setPin] = useState('');
  const [error, setError] = useState<OrderError | null>(null);
  const { leftMs, answered } = useLockout();
  const { busy, once } = useOnce();
  const locked = leftMs > 0;
  const login = async () => {
    const refusal = await logIn(pin);
    setPin('');
    setError(refusal);
    answered(refusal);
    if (refusal === null) {
      link.open();
    }
  };
  const submit = (event: Event) => {
    event.preventDefault();
    once(login);
  };
  return (
    <main class="only lan-login">
      <h1>{say('admin.title')}</h1>
      <form class="choices" onSubmit={submit}>
        <label>
          {say('pin.title')}{' '}
          <input
            class="text"
            type="password"
            inputMode="numeric"
            autocomplete="current-password"
            maxLength={12}
            value={pin}
            disabled={locked}
            onInput={(event) => setPin(event.currentTarget.value)}
          />
        </label>
        <button class="button button-main" disabled={locked || busy || pin === ''}>
          {say('button.ok')}
        </button>
      </form>
      {error !== null && (
        <p class="notice-line" role="alert">
          <Icon name="no" />
          {locked
            ? say('pin.locked_detail', { time: countdown(leftMs) })
            : error.code === 'denied'
              ? say('pin.wrong')
              : errorText(say, error)}
        </p>
      )}
    </main>
  );
}

export function LanAdmin() {
  const { state, dispatch, link } = useApp();
  return (
    <>
      <Admin onLeave={() => void link.orders.order('logout')} />
      <nav class="lan-languages">
        {languages(state).map((one) => (
          <button
            class="button"
            lang={one}
            aria-pressed={one === language(state)}
            onClick={() => dispatch({ type: 'language', language: one, nowMs: nowMs() })}
          >
            {tables[one]['language.name']}
          </button>
        ))}
      </nav>
    </>
  );
}

/** At the screen, for everybody: where the page is, and by what a browser's certificate is known. */
export function LanAddress() {
  const { state, say } = useApp();
  const lan = state.hello?.lan ?? null;
  return lan === null ? null : (
    <section class="lan-address">
      <p>
        {say('lan.page')} <strong>{lan.url}</strong>
      </p>
      <p>{say('lan.fingerprint')}</p>
      <code class="fingerprint">{lan.fingerprint}</code>
    </section>
  );
}
