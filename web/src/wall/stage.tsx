/** The tiles in the grid that fits the room, or one of them alone. They are arranged by dragging, or by Shift and arrows. */
import { useState } from 'preact/hooks';
import type { CameraEntry } from '../cameras/camera-store.ts';
import type { LiveClient } from '../player/live-client.ts';
import { useSize } from '../ui/hooks.ts';
import { chooseGrid, commonAspect } from './grid.ts';
import { Tile } from './tile.tsx';
import styles from './wall-page.module.css';

const gap = 2;

interface StageProps {
  readonly list: readonly CameraEntry[];
  readonly client: LiveClient;
  readonly one: CameraEntry | undefined;
  /** Left out where tiles are only looked at. */
  readonly onOpen: ((index: number) => void) | undefined;
  /** `id` goes to where `onto` is. */
  readonly onArrange?: (id: string, onto: string) => void;
}

export function Stage({ list, client, one, onOpen, onArrange }: StageProps) {
  const [ref, room] = useSize<HTMLDivElement>();
  const [dragged, setDragged] = useState<string | null>(null);
  const aspect = commonAspect(list.map((entry) => entry.camera));
  const grid = chooseGrid({ ...room, count: list.length, gap, aspect });
  const layout =
    one === undefined
      ? { gridTemplateColumns: `repeat(${grid.columns}, ${grid.tileWidth}px)`, gridAutoRows: `${grid.tileHeight}px` }
      : { gridTemplateColumns: '100%', gridAutoRows: '100%' };
  const shift = (index: number, by: number): void => {
    const [id, onto] = [list[index]?.camera.id, list[index + by]?.camera.id];
    if (id !== undefined && onto !== undefined) onArrange?.(id, onto);
  };
  return (
    <div ref={ref} class={styles.stage}>
      <ul class={styles.grid} style={layout} data-scrolls={one === undefined && grid.scrolls ? 'true' : undefined}>
        {list.map((entry, index) => (
          <Tile
            key={entry.camera.id}
            entry={entry}
            client={client}
            enlarged={entry === one}
            hidden={one !== undefined && entry !== one}
            small={list.length > 1 && entry !== one}
            aspect={grid.tileWidth / Math.max(1, grid.tileHeight)}
            onOpen={onOpen === undefined ? undefined : () => onOpen(index)}
            arranging={
              onArrange === undefined || one !== undefined
                ? undefined
                : {
                    isOver: dragged !== null && dragged !== entry.camera.id,
                    onStart: () => setDragged(entry.camera.id),
                    onEnd: () => setDragged(null),
                    onDrop: () => {
                      if (dragged !== null) onArrange(dragged, entry.camera.id);
                      setDragged(null);
                    },
                    onShift: (direction) => shift(index, direction === 'column' ? grid.columns : 1),
                    onShiftBack: (direction) => shift(index, direction === 'column' ? -grid.columns : -1),
                  }
            }
          />
        ))}
      </ul>
    </div>
  );
}
