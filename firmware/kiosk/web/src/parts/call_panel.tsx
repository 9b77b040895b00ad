import { useApp, useEvery } from '../app';
import { countdown } from '../clock';
import { wallMs } from '../state';
import type { Called } from '../terminal/messages';
import { commonEnd, shownOf } from './call_turns';
import { Icon, type IconName } from './icon';

const most = 6;
const icons: Record<Called['state'], IconName> = { called: 'wait', present: 'ok', not_seen: 'no' };

/** Whom the bureau asks, inside the lesson, to show that they are there; for how long yet; and what came of it. */
export function CallPanel({ people }: { people: Called[] }) {
  const { state, say } = useApp();
  const tick = useEvery(500);
  const now = wallMs(state, tick);
  const called = people.filter((one) => one.state === 'called');
  const endMs = commonEnd(called);
  const shown = shownOf(people, most, tick);
  const left = (untilMs: number) => (now === null ? '' : countdown(untilMs - now));
  return (
    <section class="panel call">
      <h2 class="call-title" role="status">
        <Icon name="hand" />
        {say(called.length > 0 ? 'call.title' : 'call.over')}
      </h2>
      {endMs !== null && now !== null && (
        <p class="call-time" role="timer">
          <Icon name="clock" />
          {say('call.left', { time: left(endMs) })}
        </p>
      )}
      <ul class="called">
        {shown.map((one) => (
          <li data-state={one.state}>
            <Icon name={icons[one.state]} />
            <span class="called-name">
              <span class="called-number">{one.number}</span> {one.name}
            </span>
            <span class="called-state">
              {say(`call.${one.state}`)}
              {one.state === 'called' && endMs === null && ` ${left(one.until_ms)}`}
            </span>
          </li>
        ))}
      </ul>
      {people.length > shown.length && <p>{say('call.more', { n: people.length - shown.length })}</p>}
    </section>
  );
}
