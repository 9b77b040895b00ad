import { render } from 'preact';
import { nowMs, Pictures } from './app';
import { Link } from './terminal/link';
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

const link = new Link(`ws://${location.host}/ws`, {
  message: (message) => dispatch({ type: 'message', message, nowMs: nowMs() }),
  picture: (picture) => pictures.offer(picture),
  connected: (yes) => {
    if (!yes) {
      pictures.forget();
    }
    dispatch({ type: 'connected', yes });
  },
});

function draw(): void {
  render(<Page state={state} dispatch={dispatch} link={link} pictures={pictures} />, document.body);
}

draw();
setInterval(() => dispatch({ type: 'tick', nowMs: nowMs() }), 250);
document.addEventListener('pointerdown', () => dispatch({ type: 'touch', nowMs: nowMs() }));
