import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { AppContext, type App } from './app';
import { language, provisioning } from './state';
import { Prompts } from './parts/prompts';
import { CallBar } from './parts/call_bar';
import { ResultBar } from './parts/result_bar';
import { WatchMark } from './parts/watch_mark';
import { Checkin } from './screens/checkin';
import { Claim } from './screens/claim';
import { Help } from './screens/help';
import { LanAdmin, LanLogin } from './screens/lan';
import { Provisioning } from './screens/provisioning';
import { Settings } from './screens/settings';
import { Staff } from './screens/staff';
import { Connecting } from './screens/connecting';
import { speaker } from './texts';

export function Page({ state, dispatch, link, pictures }: Omit<App, 'say'>) {
  const lang = language(state);
  useEffect(() => {
    document.documentElement.lang = lang;
  }, [lang]);
  return (
    <AppContext.Provider value={{ state, say: speaker(lang), dispatch, link, pictures }}>
      <WatchMark />
      <CallBar />
      {screen(state)}
      <ResultBar />
      <Prompts />
    </AppContext.Provider>
  );
}

function screen(state: App['state']): ComponentChildren {
  if (state.locked) {
    return <LanLogin />;
  }
  if (!state.connected || state.status === null) {
    return <Connecting />;
  }
  if (state.hello?.access === 'lan') {
    return <LanAdmin />;
  }
  switch (state.screen) {
    case 'staff':
      return <Staff />;
    case 'settings':
      return <Settings />;
    case 'help':
      return <Help />;
    case 'claim':
      return <Claim />;
    default:
      return provisioning(state) ? <Provisioning /> : <Checkin />;
  }
}
