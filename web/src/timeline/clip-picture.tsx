/** The thumbnail of a clip, where it has one that can be read; nothing else. */
import { useEffect, useState } from 'preact/hooks';
import { useApp } from '../app/app.ts';
import type { ClipFiles } from './clip-files.ts';

interface ClipPictureProps {
  readonly clip: number;
  readonly files: ClipFiles;
  readonly class: string | undefined;
}

/** Not for each clip that a fast hand passes. */
const restMs = 60;

export function ClipPicture({ clip, files, class: look }: ClipPictureProps) {
  const { session } = useApp();
  const locked = session.session?.vault.kind !== 'open';
  const [shown, setShown] = useState<{ readonly clip: number; readonly url: string } | null>(null);
  useEffect(() => {
    if (locked) return;
    let over = false;
    const rest = setTimeout(() => {
      void files.of(clip).then((found) => {
        if (!over && found !== null && found.thumbnail !== null) setShown({ clip, url: found.thumbnail });
      });
    }, restMs);
    return () => {
      over = true;
      clearTimeout(rest);
    };
  }, [clip, files, locked]);
  if (locked || shown?.clip !== clip) return null;
  return <img class={look} src={shown.url} alt="" onError={() => setShown(null)} />;
}
