import { useEffect, useState } from 'preact/hooks';
import { nowMs, useApp } from '../app';
import { monthAndDay, timeOfDay } from '../clock';
import type { Recorded, Refused } from '../terminal/messages';
import { sentence, type Speak } from '../texts';
import { Icon, type IconName } from './icon';
import { Qr } from './qr';
import { WayButton } from './way_panel';

/** What came of it, large: recorded with name, in or out, time and lesson; or why not and what to do. */
export function ResultPanel() {
  const { state } = useApp();
  const result = state.shown?.result;
  if (result === undefined) {
    return null;
  }
  if (result.outcome === 'refused') {
    return <RefusedPanel result={result} />;
  }
  return state.receipt ? <ReceiptPanel result={result} /> : <RecordedPanel result={result} />;
}

export function resultText(result: Recorded, say: Speak): string {
  return result.reverification === true
    ? say('result.reverified')
    : sentence(say, 'result', result.direction);
}

const icons: Record<string, IconName> = { check_in: 'in', check_out: 'out' };

function RecordedPanel({ result }: { result: Recorded }) {
  const { say, dispatch } = useApp();
  return (
    <section class="panel result result-ok" role="status" data-seq={result.seq}>
      <p class="result-what">
        <Icon name={icons[result.direction] ?? 'ok'} />
        {resultText(result, say)}
      </p>
      <p class="result-name">{result.name || say('result.number', { number: result.number })}</p>
      <div class="result-when">
        <p class="result-time">
          {result.clock === 'unset' ? say('result.unknown_time') : timeOfDay(result.wall_ms, true)}
        </p>
        <button class="button" onClick={() => dispatch({ type: 'receipt', open: true, nowMs: nowMs() })}>
          {say('result.receipt')}
        </button>
      </div>
      <p class="result-lesson">{result.title || say('result.no_lesson')}</p>
      {result.punches.length > 1 && result.clock !== 'unset' && (
        <p class="result-punches">{punchesText(result.punches, say)}</p>
      )}
      {result.hours && <p class="result-punches">{hoursText(result.hours, say)}</p>}
    </section>
  );
}

/** The registry's count and its day, and how many own punches it does not know of yet: hours are not counted here. */
export function hoursText(hours: NonNullable<Recorded['hours']>, say: Speak): string {
  const { proved, filed, as_of_ms, punches_since, more_since } = hours;
  const counted = `${say('result.hours', { proved, filed })} (${say('result.as_of', { date: monthAndDay(as_of_ms) })})`;
  const n = more_since ? `${punches_since}+` : punches_since;
  return punches_since === 0 ? counted : `${counted} · ${say('result.since', { n })}`;
}

type Punch = Recorded['punches'][number];
const mostPunches = 3;

/** Those that open and close something, and this one; of too many the first and the newest: whoever sits in the camera's
 * view has dozens a lesson. */
export function punchesText(punches: Punch[], say: Speak): string {
  const telling = punches.filter((punch, i) => punch.direction !== 'moment' || i === punches.length - 1);
  const texts = telling.map((punch) => punchText(punch, say));
  const shown = texts.length > mostPunches ? [texts[0], '…', texts.at(-1)] : texts;
  return shown.join(' · ');
}

function punchText(punch: Punch, say: Speak): string {
  const time = timeOfDay(punch.wall_ms);
  switch (punch.direction) {
    case 'check_in':
      return say('result.punch_check_in', { time });
    case 'check_out':
      return say('result.punch_check_out', { time });
    default:
      return say('result.punch_other', { time });
  }
}

function RefusedPanel({ result }: { result: Refused }) {
  const { say } = useApp();
  return (
    <section class="panel result result-no" role="status" data-seq={result.seq}>
      <p class="result-what">
        <Icon name="no" />
        {say('refused.title')}
      </p>
      <p class="result-why">{sentence(say, 'refused', result.reason)}</p>
      <p class="result-advice">{sentence(say, 'refused', result.advice)}</p>
      {result.advice === 'claim' && <WayButton />}
    </section>
  );
}

function ReceiptPanel({ result }: { result: Recorded }) {
  const { say, dispatch, link } = useApp();
  const [text, setText] = useState<string | null>(null);
  const [gone, setGone] = useState(false);
  useEffect(() => {
    void link.orders.order('receipt', { seq: result.seq }).then((outcome) => {
      const given = outcome.ok ? outcome.result['text'] : null;
      setText(typeof given === 'string' ? given : null);
      setGone(typeof given !== 'string');
    });
  }, [link, result.seq]);
  return (
    <section class="panel result receipt" role="status">
      <h2 class="panel-title">{say('receipt.title')}</h2>
      {text !== null && <Qr text={text} label={say('receipt.title')} />}
      <p>{gone ? say('receipt.gone') : say('receipt.scan')}</p>
      <button class="button" onClick={() => dispatch({ type: 'receipt', open: false, nowMs: nowMs() })}>
        {say('button.close')}
      </button>
    </section>
  );
}
