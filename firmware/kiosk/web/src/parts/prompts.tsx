import { useEffect, useRef } from 'preact/hooks';
import { nowMs, useApp } from '../app';
import { guidanceCode, language, type State } from '../state';
import { spoken, type Prompt } from './spoken';

/** Guidance that comes and goes is not said again so soon. */
const againMs = 6_000;

/** Says what was recorded or is asked for: one sentence at a time, the newest cuts the last off. */
export function Prompts() {
  const { state } = useApp();
  const audio = useRef<HTMLAudioElement>(null);
  const prompt = state.sound && state.screen === 'checkin' ? promptOf(state) : null;
  const seq = state.shown?.result.seq ?? 0;
  const lang = language(state);
  const last = useRef({ prompt: '', atMs: -againMs });
  useEffect(() => {
    const again = last.current.prompt === `${prompt} ${seq}` && nowMs() - last.current.atMs < againMs;
    if (prompt !== null && !again && audio.current !== null) {
      last.current = { prompt: `${prompt} ${seq}`, atMs: nowMs() };
      audio.current.src = `say-${lang}-${prompt}.ogg`;
      audio.current.play().catch(() => {}); // no loudspeaker: the screen says the same
    }
  }, [prompt, seq, lang]);
  return <audio ref={audio} hidden data-prompt={prompt ?? ''} />;
}

export function promptOf(state: State): Prompt | null {
  const result = state.shown?.result;
  if (result === undefined) {
    const code = guidanceCode(state);
    return code.startsWith('recorded') ? null : spoken(`guidance.${code}`); // its result was said already
  }
  return spoken(result.outcome === 'recorded' ? `result.${result.direction}` : `refused.${result.reason}`);
}
