/** The routes, and who may see them: set-up is open to its link, everything else to who is signed in. */

import { useEffect } from 'preact/hooks';
import { ErrorBoundary, LocationProvider, lazy, Route, Router, useLocation } from 'preact-iso';
import { messages } from '../messages/messages.ts';
import { SignIn } from '../session/sign-in.tsx';
import { Button } from '../ui/button.tsx';
import { useTitle } from '../ui/hooks.ts';
import { Notice } from '../ui/notice.tsx';
import { Sheet } from '../ui/sheet.tsx';
import { WallPage } from '../wall/wall-page.tsx';
import { useApp } from './app.ts';
import { Shell } from './shell.tsx';

// The wall is what is opened first; the rest comes when it is asked for.
const KioskPage = lazy(() => import('../wall/kiosk-page.tsx').then((module) => module.KioskPage));
const EventsPage = lazy(() => import('../events/events-page.tsx').then((module) => module.EventsPage));
const TimelinePage = lazy(() => import('../timeline/timeline-page.tsx').then((module) => module.TimelinePage));
const StatsPage = lazy(() => import('../stats/stats-page.tsx').then((module) => module.StatsPage));
const SecurityPage = lazy(() => import('../security/security-page.tsx').then((module) => module.SecurityPage));
const SettingsPage = lazy(() => import('../settings/settings-page.tsx').then((module) => module.SettingsPage));
const MorePage = lazy(() => import('../more/more-page.tsx').then((module) => module.MorePage));
const PublishPage = lazy(() => import('../publish/publish-page.tsx').then((module) => module.PublishPage));
const SetupPage = lazy(() => import('../setup/setup-page.tsx').then((module) => module.SetupPage));

export function Root() {
  return (
    <LocationProvider>
      <ErrorBoundary>
        <Gate />
      </ErrorBoundary>
    </LocationProvider>
  );
}

function Gate() {
  const { session } = useApp();
  const { path } = useLocation();
  const state = session.state.value;
  // A device with a link has no account.
  if (path === '/publish' && (state.kind === 'signed-in' || state.kind === 'signed-out')) return <PublishPage />;
  switch (state.kind) {
    case 'loading':
      return null;
    case 'unreachable':
      return <Unreachable retryAt={state.retryAt} />;
    case 'signed-out':
      return path === '/setup' ? <SetupPage /> : <SignIn ended={state.ended} />;
    case 'signed-in':
      return path === '/setup' ? <SetupPage /> : path === '/wall' ? <KioskPage /> : <Pages />;
    default:
      return state satisfies never;
  }
}

function Pages() {
  return (
    <Shell>
      <Router>
        <Route path="/" component={WallPage} />
        <Route path="/events" component={EventsPage} />
        <Route path="/timeline" component={TimelinePage} />
        <Route path="/stats" component={StatsPage} />
        <Route path="/settings" component={SettingsPage} />
        <Route path="/security" component={SecurityPage} />
        <Route path="/more" component={MorePage} />
        <Route path="/login" component={ToWall} />
        <Route default component={NotFound} />
      </Router>
    </Shell>
  );
}

function Unreachable({ retryAt }: { readonly retryAt: number }) {
  const { session, tick } = useApp();
  useTitle('SentriX');
  const seconds = Math.ceil(Math.max(0, retryAt - tick.value) / 1000);
  return (
    <Sheet title={messages.unreachable} lead={messages.tryingAgain(seconds)}>
      <div>
        <Button kind="primary" onClick={() => void session.load()}>
          {messages.tryNow}
        </Button>
      </div>
    </Sheet>
  );
}

/** Who is signed in has nothing to do at the log-in's own address. */
function ToWall() {
  const { route } = useLocation();
  useEffect(() => route('/', true), [route]);
  return null;
}

function NotFound() {
  const { route } = useLocation();
  useTitle('SentriX');
  return (
    <main id="main" tabIndex={-1}>
      <h1 class="visually-hidden">{messages.notFound}</h1>
      <Notice title={messages.notFound}>
        <Button onClick={() => route('/', true)}>{messages.backToWall}</Button>
      </Notice>
    </main>
  );
}
