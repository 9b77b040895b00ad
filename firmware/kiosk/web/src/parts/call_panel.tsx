import { useApp, useEvery } from '../app';
import { countdown } from '../clock';
import { wallMs } from '../state';
import type { Called } from '../terminal/messages';
import { Icon, type IconName } from './icon';

const most = 6;
const icons: Record<Called['state'], IconName> = { called: 'wait', present: 'ok', not_seen: 'no' };

/** Whom the bureau asks, inside the lesson, to show that they are there; for how long yet; and what came of it. */
export function CallPanel({ people }: { people: Called[] }) {
  const { state, say } = useApp();
  const now = wallMs(state, useEvery(500));
  const called = people.filter((one) => one.state === 'called');
  const endMs = Math.min(...called.map((one) => one.until_ms));
  return (
    <section class="panel call">
      <h2 class="call-title" role="status">
        <Icon name="hand" />
        {say(called.length > 0 ? 'call.title' : 'call.over')}
      </h2>
      {called.length > 0 && now !== null && (
        <p class="call-time" role="timer">
          <Icon name="clock" />
          {say('call.left', { time: countdown(endMs - now) })}
        </p>
      )}
      <ul class="called">
        {people.slice(0, most).map((one) => (
          <li data-state={one.state}>
            <Icon name={icons[one.state]} />
            <span class="called-name">
              <span class="called-number">{one.number}</span> {one.name}
            </span>
            <span class="called-state">{say(`call.${one.state}`)}</span>
          </li>
        ))}
      </ul>
      {people.length > most && <p>{say('call.more', { n: people.length - most })}</p>}
    </section>
  );
}
