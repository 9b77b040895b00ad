import { useState } from 'preact/hooks';
import { nowMs, useApp } from '../app';
import { Pin } from './pin';
import { Admin } from './admin';
import { LanAddress } from './lan';
import { Teacher } from './teacher';
import { Icon } from '../parts/icon';
import { Sheet } from '../parts/sheet';

export type StaffRole = 'teacher' | 'admin';

/** Whoever has a PIN: who they are, the PIN, then their own screens. Leaving them logs out. */
export function Staff() {
  const { state, say, dispatch, link } = useApp();
  const [role, setRole] = useState<StaffRole | null>(null);
  const home = () => dispatch({ type: 'screen', screen: 'checkin', nowMs: nowMs() });
  const leave = () => {
    void link.orders.order('logout').then(home);
  };
  if (state.role === 'teacher') {
    return <Teacher onLeave={leave} />;
  }
  if (state.role === 'admin') {
    return <Admin onLeave={leave} />;
  }
  if (role !== null) {
    return <Pin role={role} onBack={() => setRole(null)} />;
  }
  return (
    <Sheet title={say('pin.who')} back={say('button.back')} onBack={home}>
      <div class="choices">
        {(['teacher', 'admin'] as const).map((one) => (
          <button class="button button-big" onClick={() => setRole(one)}>
            <Icon name="lock" />
            {say(`pin.${one}`)}
          </button>
        ))}
      </div>
      <LanAddress />
    </Sheet>
  );
}
