/** Starts the dashboard: the one policy that may make a script's URL, the app, the first render. */
import './styles/base.css';
import './styles/tokens.css';
import { render } from 'preact';
import { AppContext, createApp } from './app/app.ts';
import { Root } from './app/root.tsx';
import { messages } from './messages/messages.ts';
import workerUrl from './player/live.worker.ts?worker&url';
import soundUrl from './player/sound.worklet.ts?worker&url';
import { browserPolicyFactory, scriptUrlPolicy } from './player/trusted-types.ts';

/** Keeps the dashboard's own files, and nothing else. */
const shellUrl = '/sw.js';

document.documentElement.lang = messages.language;
const scriptUrl = scriptUrlPolicy([workerUrl, soundUrl, shellUrl], browserPolicyFactory());
const app = createApp(() => new Worker(scriptUrl(workerUrl), { type: 'module', name: 'live' }), scriptUrl(soundUrl));
render(
  <AppContext.Provider value={app}>
    <Root />
  </AppContext.Provider>,
  document.getElementById('app')!,
);
void app.session.load();
// Only where the certificate is trusted; everywhere else the dashboard works without.
navigator.serviceWorker?.register(scriptUrl(shellUrl)).catch(() => undefined);
