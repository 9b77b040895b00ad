import { useEffect, useRef } from 'preact/hooks';
import { nowMs, useApp } from '../app';
import { called, guidanceCode, language, wallMs, type State } from '../state';
import { inTurn } from './call_turns';
import { spoken, spokenNumber, type Prompt } from './spoken';
import { useVoice } from './voice';

/** Guidance that comes and goes is not said again so soon. */
const againMs = 6_000;
/** Whoever did not listen at first hears the own number again. */
const callAgainMs = 30_000;
const callTurnMs = 10_000; // the sentence and three numbers
const mostCalled = 3;

/** Says what was recorded or is asked for: one sentence at a time, the newest cuts the last off. */
export function Prompts() {
  const { state } = useApp();
  useSaid(promptsOf(state, nowMs()));
  return null;
}

/** Says it when it becomes another. */
export function useSaid(said: Said | null): void {
  const { state } = useApp();
  const voice = useVoice();
  const heard = state.sound && state.hello?.access !== 'lan';
  const key = heard && said !== null ? `${said.words.join(' ')} ${said.turn}` : null;
  const last = useRef({ key: '', atMs: -againMs });
  useEffect(() => {
    const again = last.current.key === key && nowMs() - last.current.atMs < againMs;
    if (said !== null && key !== null && !again) {
      last.current = { key, atMs: nowMs() };
      void voice(said.words); // who hears nothing reads the same on the screen
    }
  }, [key, language(state)]);
}

export interface Said {
  words: Prompt[]; // one after the other
  turn: number; // the same words are said again when it changes
}

export function promptsOf(state: State, nowMs: number): Said | null {
  const result = state.shown?.result;
  if (result === undefined && state.screen !== 'checkin') {
    return callOf(state, nowMs); // the class hears it whatever somebody does at the screen, and each their result
  }
  if (result === undefined) {
    const code = guidanceCode(state);
    const word = code.startsWith('recorded') ? null : spoken(`guidance.${code}`); // its result was said already
    return said([word], 0) ?? callOf(state, nowMs);
  }
  if (result.outcome === 'refused') {
    const sentence = [`refused.${result.reason}`, `refused.${result.advice}`];
    return said(sentence.map(spoken), result.seq);
  }
  const recorded = result.reverification === true ? 'reverified' : spoken(`result.${result.direction}`);
  return said([recorded], result.seq);
}

/** Without those that are only written; null: all are. */
function said(words: (Prompt | null)[], turn: number): Said | null {
  const heard = words.filter((word) => word !== null);
  return heard.length === 0 ? null : { words: heard, turn };
}

/** What is said of a text that stands in a part of the page: what came of an order, what an enrolment asks for. */
export function useSpoken(text: string | null): void {
  useSaid(text === null ? null : said([spoken(text)], 0));
}

/** Who is called, by number: a masked name cannot be spoken. */
function callOf(state: State, nowMs: number): Said | null {
  const people = called(state);
  if (people.length === 0) {
    return null;
  }
  // Of many the next ones have their turn sooner: each is to be called while there is time to come.
  const turns = Math.ceil(people.length / mostCalled);
  const turnMs = Math.max(callAgainMs / turns, callTurnMs);
  const turn = Math.floor((wallMs(state, nowMs) ?? 0) / turnMs);
  const numbers = inTurn(people, mostCalled, turn).flatMap((one) => spokenNumber(one.number));
  return { words: ['call', ...numbers], turn };
}
