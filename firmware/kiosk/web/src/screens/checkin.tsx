import { useApp, useEvery } from '../app';
import { day, timeOfDay } from '../clock';
import { Icon } from '../parts/icon';
import { CallPanel } from '../parts/call_panel';
import { Chips } from '../parts/chips';
import { LessonPanel } from '../parts/lesson_panel';
import { Preview } from '../parts/preview';
import { ResultPanel } from '../parts/result_panel';
import { look } from '../parts/tone';
import { WayPanel } from '../parts/way_panel';
import { guidanceCode, wallMs, type State } from '../state';
import { sentence } from '../texts';

/** What a trainee sees: the mirror, one line of guidance, and beside it the lesson, the result, or the other way. */
export function Checkin() {
  const { state } = useApp();
  return (
    <main class="checkin">
      <Head />
      <section class="mirror">
        <Mirror />
        <GuidanceLine />
      </section>
      {panel(state)}
      <Foot />
    </main>
  );
}

function panel(state: State) {
  const asked = state.status?.asked ?? [];
  if (state.shown !== null) {
    return <ResultPanel />;
  }
  if (state.way !== 'straight') {
    return <WayPanel />;
  }
  return asked.length > 0 ? <CallPanel people={asked} /> : <LessonPanel />;
}

function Head() {
  const { state, say } = useApp();
  const now = wallMs(state, useEvery(500));
  return (
    <header class="head">
      <h1 class="institution">{state.status?.institution}</h1>
      <p class="clock">
        {now === null ? (
          <span class="mark mark-fix">
            <Icon name="clock" />
            {say('clock.unset')}
          </span>
        ) : (
          <>
            <span class="date">{day(now)}</span>
            <time class="time">{timeOfDay(now, true)}</time>
          </>
        )}
      </p>
    </header>
  );
}

function Mirror() {
  const { state, say } = useApp();
  const camera = state.status?.devices.camera;
  if (camera === 'running') {
    return <Preview label={say('admin.camera')} />;
  }
  const none = camera === 'none'; // a terminal may be without: then the finger is all
  return (
    <div class="preview preview-none">
      <Icon name={none ? 'finger' : 'video'} />
      <span>{say(none ? 'way.finger_detail' : 'device.camera_down')}</span>
    </div>
  );
}

function GuidanceLine() {
  const { state, say } = useApp();
  const code = guidanceCode(state);
  const { tone, icon } = look(code);
  return (
    <p class={`guidance tone-${tone}`} role="status" data-code={code}>
      <Icon name={icon} />
      <span>{sentence(say, 'guidance', code)}</span>
    </p>
  );
}

function Foot() {
  const { say, dispatch } = useApp();
  const open = (screen: 'help' | 'settings' | 'staff') => () =>
    dispatch({ type: 'screen', screen, nowMs: performance.now() });
  return (
    <footer class="foot">
      <Chips />
      <nav class="foot-buttons">
        <button class="button" onClick={open('help')}>
          {say('button.help')}
        </button>
        <button class="button" onClick={open('settings')}>
          <span lang="zh-CN">语言</span> <span lang="ko">언어</span> <span lang="en">EN</span>
        </button>
        <button class="button button-quiet" onClick={open('staff')}>
          <Icon name="lock" />
          {say('button.staff')}
        </button>
      </nav>
    </footer>
  );
}
