import { useEffect, useState } from 'preact/hooks';
import { useApp } from '../app';
import type { OrderError } from '../terminal/messages';
import { sentence, type Speak } from '../texts';

export interface Asked {
  result: Record<string, unknown> | null;
  error: OrderError | null;
}

/** Asks the terminal once, and again when `key` changes. */
export function useOrder(verb: string, args: Record<string, unknown> = {}, key = 0): Asked {
  const { link } = useApp();
  const [asked, setAsked] = useState<Asked>({ result: null, error: null });
  useEffect(() => {
    let wanted = true;
    void link.orders.order(verb, args).then((outcome) => {
      if (wanted) {
        setAsked(
          outcome.ok ? { result: outcome.result, error: null } : { result: null, error: outcome.error },
        );
      }
    });
    return () => {
      wanted = false;
    };
  }, [link, verb, key]);
  return asked;
}

/** A list out of a result; empty while there is none. */
export function listOf<T>(asked: Asked, name: string): T[] {
  const list = asked.result?.[name];
  return Array.isArray(list) ? (list as T[]) : [];
}

export function errorText(say: Speak, error: OrderError): string {
  return sentence(say, 'error', error.code);
}
