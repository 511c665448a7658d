/** The wall: every camera live, as large as the room allows; one of them alone when it is opened (`?camera=ID`). */
import { ArrowLeft, Camera, ChevronLeft, ChevronRight, Maximize, Minimize, SquareDashed } from 'lucide';
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { useApp } from '../app/app.ts';
import type { CameraEntry } from '../cameras/camera-store.ts';
import { messages } from '../messages/messages.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { useFullscreen, useIdle, useKeys, useTitle } from '../ui/hooks.ts';
import { Notice } from '../ui/notice.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { keepOrder, moved, ordered, readOrder } from './order.ts';
import { saveSnapshot } from './snapshot.ts';
import { Stage } from './stage.tsx';
import styles from './wall-page.module.css';

function snapshot({ camera }: CameraEntry): void {
  const canvas = document.querySelector<HTMLCanvasElement>(`li[data-camera="${CSS.escape(camera.id)}"] canvas`);
  if (canvas !== null) saveSnapshot(canvas, camera.name, new Date());
}

export function WallPage() {
  const { cameras, live, theme } = useApp();
  const [order, setOrder] = useState(readOrder);
  const given = cameras.list.value;
  const list = given === null ? null : ordered(given, (entry) => entry.camera.id, order);
  const client = live.value;
  const [main, isFullscreen, toggleFullscreen] = useFullscreen<HTMLElement>();
  const [boxes, setBoxes] = useState(true);
  const { query, route } = useLocation();
  const chosen = list?.findIndex((entry) => entry.camera.id === query.camera) ?? -1;
  const one = chosen >= 0 ? list?.[chosen] : undefined;
  const idle = useIdle(isFullscreen, 3000);
  useTitle(one?.camera.name ?? messages.wallPage.title);
  useEffect(() => client?.showBoxes(boxes), [client, boxes]);

  const show = (index: number): void => {
    const id = list?.[index]?.camera.id;
    if (id !== undefined) route(`/?camera=${encodeURIComponent(id)}`, one !== undefined);
  };
  const arrange = (id: string, onto: string): void => {
    const next = moved(list?.map((entry) => entry.camera.id) ?? [], id, onto);
    setOrder(next);
    keepOrder(next);
  };
  const showAll = (): void => route('/', true);
  useKeys({
    b: () => setBoxes(!boxes),
    f: toggleFullscreen,
    ...(one === undefined
      ? {}
      : { Escape: showAll, ArrowLeft: () => show(chosen - 1), ArrowRight: () => show(chosen + 1) }),
  });

  return (
    <main
      ref={main}
      id="main"
      class={styles.page}
      data-theme={theme.wall.value}
      data-idle={idle ? 'true' : undefined}
      tabIndex={-1}
    >
      <div class={styles.head}>
        <PageHead
          title={one?.camera.name ?? messages.wallPage.title}
          before={
            one === undefined ? undefined : (
              <IconButton icon={ArrowLeft} label={messages.wallPage.all} onClick={showAll} />
            )
          }
          note={
            list === null || one !== undefined || client?.connection.value.kind !== 'open' ? undefined : (
              <Summary list={list} />
            )
          }
        >
          {one === undefined || list === null ? null : (
            <>
              <IconButton
                icon={ChevronLeft}
                label={messages.wallPage.previous}
                disabled={chosen === 0}
                onClick={() => show(chosen - 1)}
              />
              <IconButton
                icon={ChevronRight}
                label={messages.wallPage.next}
                disabled={chosen === list.length - 1}
                onClick={() => show(chosen + 1)}
              />
              <IconButton icon={Camera} label={messages.wallPage.snapshot} onClick={() => snapshot(one)} />
            </>
          )}
          <IconButton
            icon={SquareDashed}
            label={messages.wallPage.showBoxes}
            aria-pressed={boxes ? 'true' : 'false'}
            onClick={() => setBoxes(!boxes)}
          />
          <IconButton
            icon={isFullscreen ? Minimize : Maximize}
            label={isFullscreen ? messages.wallPage.leaveFullscreen : messages.wallPage.fullscreen}
            onClick={toggleFullscreen}
          />
        </PageHead>
        <NeedsKey />
        <DemoNote />
      </div>
      {list !== null && client !== null && list.length > 0 ? (
        <Stage list={list} client={client} one={one} onOpen={show} onArrange={arrange} />
      ) : (
        <NoCameras isLoaded={list !== null} />
      )}
    </main>
  );
}

function Summary({ list }: { readonly list: readonly CameraEntry[] }) {
  const live = list.filter((entry) => entry.state.value.kind === 'live').length;
  return list.length === 0 ? null : messages.wallPage.cameras(live, list.length);
}

function NeedsKey() {
  const { session } = useApp();
  if (session.session?.needs_key !== true) return null;
  return (
    <div class={styles.strip}>
      <Notice strip={true} title={messages.wallPage.needsKey}>
        {session.isAdmin ? <LinkToSetup /> : null}
      </Notice>
    </div>
  );
}

/** A newcomer sees at once what this picture is and how it goes. */
function DemoNote() {
  const { cameras, session } = useApp();
  const list = cameras.list.value;
  if (list?.length !== 1 || list[0]?.camera.kind !== 'demo') return null;
  const words = messages.wallPage;
  return (
    <div class={styles.strip}>
      <Notice strip={true} title={words.demoNote}>
        {session.isAdmin ? <LinkToCameras /> : null}
      </Notice>
    </div>
  );
}

function LinkToCameras() {
  const { route } = useLocation();
  return <Button onClick={() => route('/settings?section=cameras')}>{messages.settingsPage.addCamera}</Button>;
}

function LinkToSetup() {
  const { route } = useLocation();
  return <Button onClick={() => route('/setup')}>{messages.wallPage.needsKeyAction}</Button>;
}

function NoCameras(props: { readonly isLoaded: boolean }) {
  const { session } = useApp();
  if (!props.isLoaded) return null;
  const { none, noneHelp, noneYours } = messages.wallPage;
  if (!session.isAdmin) return <Notice title={noneYours} />;
  return (
    <Notice title={none} help={noneHelp}>
      <LinkToCameras />
    </Notice>
  );
}
