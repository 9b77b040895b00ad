import { render } from 'preact';
import { nowMs, Pictures } from './app';
import { isLan, isLoggedIn } from './terminal/lan';
import { Link, type Listener } from './terminal/link';
import { initial, reduce, type Action } from './state';
import { Page } from './page';
import './styles/base.css';
import './styles/checkin.css';
import './styles/screens.css';

let state = initial;
const pictures = new Pictures();

function dispatch(action: Action): void {
  const next = reduce(state, action);
  if (next !== state) {
    state = next;
    draw();
  }
}

const listener: Listener = {
  message: (message) => dispatch({ type: 'message', message, nowMs: nowMs() }),
  picture: (picture) => pictures.offer(picture),
  connected: (yes) => {
    if (!yes) {
      pictures.forget();
    }
    dispatch({ type: 'connected', yes });
  },
};

/** From the local network only whoever has logged in may connect; at the screen everybody may. */
async function hasLogin(): Promise<boolean | null> {
  const has = await isLoggedIn();
  if (has !== null) {
    dispatch({ type: 'locked', yes: !has });
  }
  return has;
}

const link = isLan
  ? new Link(`wss://${location.host}/ws`, listener, hasLogin)
  : new Link(`ws://${location.host}/ws`, listener);

function draw(): void {
  render(<Page state={state} dispatch={dispatch} link={link} pictures={pictures} />, document.body);
}

draw();
setInterval(() => dispatch({ type: 'tick', nowMs: nowMs() }), 250);

const usedEveryMs = 10_000;
let usedAtMs = -Infinity;

/** The terminal ends a login that nobody uses: what the page asks by itself does not count there, a touch does. */
function touched(): void {
  const now = nowMs();
  dispatch({ type: 'touch', nowMs: now });
  if (state.role !== 'trainee' && now - usedAtMs >= usedEveryMs) {
    usedAtMs = now;
    link.used();
  }
}
document.addEventListener('pointerdown', touched);
document.addEventListener('keydown', touched);
