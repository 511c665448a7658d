import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Recording } from '../api/types.ts';
import { eventsUrl, noFilters, readFilters, readOpen } from './filters.ts';
import { classesOf, groupByDay, leadingGroup, mergeNewer } from './groups.ts';

function recording(id: number, at: Date): Recording {
  return {
    id,
    timestamp: at.toISOString(),
    stream_id: 'yard',
    stream_name: 'Yard',
    file_url: `/recordings/${id}.mp4`,
    thumbnail_url: null,
    file_path: `${id}.mp4`,
    thumbnail_path: null,
    duration: 12,
    objects_detected: [],
    confidence: 0,
    retained: 1,
  };
}

describe('the filters of the events page', () => {
  it('come back from the URL as they went in', () => {
    fc.assert(
      fc.property(
        fc.option(fc.stringMatching(/^[a-z0-9-]{1,64}$/)),
        fc.option(fc.constantFrom('person', 'vehicle', 'animal')),
        fc.option(fc.string({ minLength: 1, maxLength: 200 })),
        fc.option(fc.nat()),
        (camera, seen, zone, open) => {
          const query = Object.fromEntries(
            new URL(eventsUrl({ ...noFilters, camera, seen, zone, day: '2026-11-24', sure: 70 }, open), 'https://x')
              .searchParams,
          );
          assert.deepEqual(readFilters(query), { camera, seen, zone, day: '2026-11-24', sure: 70 });
          assert.equal(readOpen(query), open);
        },
      ),
    );
  });

  it('ignore what is no filter', () => {
    assert.deepEqual(readFilters({ camera: '../x', seen: 'ghost', day: 'today', sure: '7' }), noFilters);
    assert.equal(readOpen({ recording: '-1' }), null);
  });
});

describe('the list of events', () => {
  it('is grouped by day, in order', () => {
    const list = [
      recording(3, new Date(2026, 10, 24, 9)),
      recording(2, new Date(2026, 10, 24, 1)),
      recording(1, new Date(2026, 10, 23, 23)),
    ];
    const groups = groupByDay(list, new Date(2026, 10, 24, 12).getTime());
    assert.deepEqual(
      groups.map((group) => [group.title, group.recordings.map((each) => each.id)]),
      [
        ['Today', [3, 2]],
        ['Yesterday', [1]],
      ],
    );
  });

  it('shows each recording once when the newest page is loaded again', () => {
    const day = new Date(2026, 10, 24);
    const merged = mergeNewer([recording(4, day), recording(3, day)], [recording(3, day), recording(2, day)]);
    assert.deepEqual(
      merged.map((each) => each.id),
      [4, 3, 2],
    );
  });

  it('names the surest class first and each once', () => {
    const objects = [
      { class: 'dog', confidence: 0.6 },
      { class: 'person', confidence: 0.7 },
      { class: 'dog', confidence: 0.9 },
    ];
    assert.deepEqual(
      classesOf(objects).map((object) => object.class),
      ['dog', 'person'],
    );
    assert.equal(leadingGroup(objects), 'animal');
    assert.equal(leadingGroup([]), 'none');
  });
});
