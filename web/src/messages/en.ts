/** Every sentence of the dashboard, in English. Another language is one more file that satisfies `Messages`. */

const list = new Intl.ListFormat('en', { style: 'long', type: 'conjunction' });

const classNames: Readonly<Record<string, readonly [string, string]>> = {
  person: ['person', 'people'],
  vehicle: ['vehicle', 'vehicles'],
  animal: ['animal', 'animals'],
  bus: ['bus', 'buses'],
  sheep: ['sheep', 'sheep'],
};

function className(name: string, count: number): string {
  const known = classNames[name];
  if (known !== undefined) return known[count === 1 ? 0 : 1];
  return count === 1 ? name : `${name}s`;
}

function span(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  const days = Math.floor(seconds / 86_400);
  return days === 1 ? '1 day' : `${days} days`;
}

export const en = {
  language: 'en',
  span,
  skip: 'Skip to content',
  navigation: 'Main',
  connection: 'Connection',
  wall: 'Wall',
  events: 'Events',
  more: 'More',
  close: 'Close',
  cancel: 'Cancel',
  back: 'Back',
  save: 'Save',
  saved: 'Saved',
  remove: 'Remove',
  add: 'Add',
  edit: 'Change',
  loading: 'Loading…',
  failed: 'This could not be loaded.',
  tryNow: 'Try now',
  today: 'Today',
  yesterday: 'Yesterday',

  unreachable: "Can't reach SentriX.",
  tryingAgain: (seconds: number) => (seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again now.'),
  somethingFailed: 'That did not work. Try again.',
  notFound: 'There is no such page.',
  backToWall: 'Go to the wall',

  signIn: {
    title: 'Sign in',
    name: 'Name',
    password: 'Password',
    action: 'Sign in',
    ended: 'Your session has ended. Sign in to go on where you were.',
    wrong: 'Name or password is wrong, or the account is locked for a while.',
    limited: (seconds: number | null) =>
      seconds === null ? 'Too many tries. Wait a minute.' : `Too many tries. Wait ${span(seconds)}.`,
    codeTitle: 'Enter your code',
    codeLead: 'The app on your phone shows six digits. A recovery code works as well.',
    code: 'Code',
    codeMissing: 'Enter the six digits.',
    codeWrong: 'That code is not right. Try the next one, or go back and sign in again.',
    missing: 'Enter your name and password.',
    showPassword: 'Show',
    hidePassword: 'Hide',
  },

  setup: {
    title: 'Set up SentriX',
    steps: ['Account', 'Key', 'Sheet'] as readonly string[],
    stepOf: (step: number, of: number) => `Step ${step} of ${of}`,
    accountTitle: 'Make your account',
    accountLead: 'You are the first admin. You sign in with this name and password.',
    name: 'Name',
    password: 'Password',
    passwordHelp: 'At least 12 characters. A few words in a row are easy to remember and hard to guess.',
    passwordShort: 'Too short. Use at least 12 characters.',
    nameMissing: 'Choose a name.',
    next: 'Continue',
    keyTitle: 'Choose how your key is kept',
    keyLead:
      'Recordings are encrypted to a key that is yours. Whoever takes the disk sees nothing, and neither do we. Without the key nobody can open them again.',
    passphraseChoice: 'A passphrase',
    passphraseChoiceHelp:
      'You unlock recordings by typing it, once after each start. Live view and recording go on without it.',
    keyfileChoice: 'A file on this machine',
    keyfileChoiceHelp:
      'Nothing to type, even after a power cut. But whoever takes this machine has the key and the recordings together.',
    passphrase: 'Passphrase',
    passphraseHelp: 'At least 12 characters. Five words that you pick at random are good.',
    passphraseShort: 'Too short. Use at least 12 characters.',
    makeKey: 'Make the key',
    makingKey: 'Making the key…',
    sheetTitle: 'Save your key sheet',
    sheetLead: 'This is the one time that the key is shown. Print the sheet or save it away from this machine.',
    print: 'Print',
    download: 'Save as a file',
    sheetHeading: 'SentriX key sheet',
    sheetMade: 'Made',
    sheetFor: 'For',
    sheetIdentity: 'Secret key: opens every recording',
    sheetRecipient: 'Public key: recordings are encrypted to it',
    sheetHow: 'To open a recording without SentriX',
    sheetHowText:
      'Put the secret key into a file owner.key. Then, with the free tool “age”, open the key of the day, and with it the recording:',
    sheetKeep: 'Keep this sheet where you keep passports. Whoever has it can see your recordings.',
    confirm: 'I have saved the sheet away from this machine',
    done: 'Go to the wall',
    confirmFirst: 'Save the sheet and confirm it first. The key is not shown again.',
    linkUsed: 'This set-up link is not valid. It may have been used already, or it is incomplete.',
    linkUsedHelp: 'Open the whole link that SentriX printed when it started, or sign in.',
    toSignIn: 'Sign in',
    notAdmin: 'An admin has to finish the set-up. Until then live view works and nothing is recorded.',
    alreadyDone: 'SentriX is set up.',
    fileName: 'sentrix-key-sheet.txt',
  },

  state: {
    live: 'Live',
    connecting: 'Connecting',
    stalled: (seconds: string) => `No picture for ${seconds}`,
    stalledNever: 'No picture yet',
    unauthorized: 'Password refused',
    unreachable: "Can't reach the camera",
    reconnecting: (seconds: number) => (seconds > 0 ? `Reconnecting in ${seconds} s` : 'Reconnecting'),
    waiting: 'Waiting for the camera to send',
    disabled: 'Switched off',
    offline: 'No connection to SentriX',
    unsupported: "This browser can't play this camera's video",
    starting: 'Waiting for a picture',
    recording: 'Recording',
    demo: 'Demo',
  },

  wallPage: {
    sound: (camera: string) => `Sound of ${camera}`,
    listen: 'Turn the sound on',
    mute: 'Turn the sound off',
    title: 'Wall',
    cameras: (live: number, total: number) => {
      const all = total === 1 ? '1 camera' : `${total} cameras`;
      return live === total ? `${all}, ${total === 1 ? '' : 'all '}live` : `${all}, ${live} live`;
    },
    none: 'No cameras yet.',
    noneHelp: 'Add one to surveillance.yml, or let a phone publish to this machine. It appears here by itself.',
    noneYours: 'No camera is shared with you yet. An admin can do that.',
    demoNote: 'This is a generated picture. Your first camera takes its place.',
    demoHelp: 'To add it: bin/sentrix camera add NAME --source rtsp://USER@ADDRESS/…',
    open: (name: string) => `Enlarge ${name}`,
    all: 'All cameras',
    previous: 'Previous camera',
    next: 'Next camera',
    showBoxes: 'Boxes',
    fullscreen: 'Full screen',
    leaveFullscreen: 'Leave full screen',
    lastPicture: 'Last picture',
    label: (name: string, state: string, seen: string) =>
      seen === '' ? `${name}, ${state.toLowerCase()}` : `${name}, ${state.toLowerCase()}, ${seen}`,
    needsKey: 'Nothing is recorded yet: the key is missing.',
    needsKeyAction: 'Make the key',
  },

  eventsPage: {
    title: 'Events',
    camera: 'Camera',
    everyCamera: 'All cameras',
    kind: 'Seen',
    everyKind: 'Everything',
    kinds: { person: 'People', vehicle: 'Vehicles', animal: 'Animals' } as Readonly<Record<string, string>>,
    total: (count: number) => (count === 1 ? '1 recording' : `${new Intl.NumberFormat('en').format(count)} recordings`),
    none: 'No recordings yet.',
    noneHelp: 'They appear here when a person or vehicle is seen.',
    noneFiltered: 'Nothing matches these filters.',
    clearFilters: 'Clear filters',
    loading: 'Loading recordings…',
    loadMore: 'Load more',
    loadFailed: 'The recordings could not be loaded.',
    locked: 'The vault is locked. Live view works; recordings need the owner’s key.',
    unlock: 'Unlock',
    nothingSeen: 'Motion',
    noThumbnail: 'No picture',
    previous: 'Newer recording',
    next: 'Older recording',
    delete: 'Delete',
    deleteTitle: 'Delete this recording?',
    deleteText: (camera: string, time: string) => `${camera}, ${time}. It cannot be brought back.`,
    deleted: 'Recording deleted',
    cannotPlay: 'This recording could not be played.',
    cannotPlayLocked: 'The vault is locked. Unlock it to play recordings.',
    gone: 'This recording is no longer there.',
    player: (camera: string) => `Recording from ${camera}`,
    confidence: (percent: number) => `${percent} %`,
    download: 'Download',
  },

  seen: (counts: readonly (readonly [string, number])[]) =>
    list.format(counts.map(([name, count]) => `${count} ${className(name, count)}`)),
  className,
  classTitle: (names: readonly string[]) => {
    const text = list.format(names.map((name) => className(name, 1)));
    return text.charAt(0).toUpperCase() + text.slice(1);
  },

  morePage: {
    title: 'More',
    session: 'Signed in',
    as: (name: string, role: string) => `${name}, with the role ${role}`,
    roles: { admin: 'admin', viewer: 'viewer', publisher: 'publisher' } as Readonly<Record<string, string>>,
    signOut: 'Sign out',
    vault: 'Vault',
    appearance: 'Appearance',
    appearanceHelp: 'The wall is dark unless you choose light.',
    themes: { system: 'As the system', dark: 'Dark', light: 'Light' } as Readonly<Record<string, string>>,
    cameras: 'Cameras',
    size: (width: number, height: number, fps: number | null) =>
      fps === null || fps === 0 ? `${width} × ${height}` : `${width} × ${height}, ${Math.round(fps)} fps`,
    kinds: {
      pull: 'SentriX fetches its video',
      publish: 'Sends its video to SentriX',
      demo: 'Generated by SentriX',
    } as Readonly<Record<string, string>>,
  },

  vault: {
    open: 'Vault open',
    locked: 'Vault locked',
    absent: 'No key yet',
    openText: 'Recordings can be played.',
    lockedText: 'Live view and recording go on. Playing recordings needs the owner’s key.',
    absentText: 'Nothing is recorded until the owner’s key is made.',
    modes: {
      passphrase: 'The key is sealed by a passphrase.',
      keyfile: 'The key lies in a file on this machine.',
      keyring: 'The key is kept by the system’s keyring.',
    } as Readonly<Record<string, string>>,
    passphrase: 'Passphrase',
    unlock: 'Unlock',
    unlocking: 'Unlocking…',
    unlocked: 'Vault unlocked',
    lock: 'Lock',
    lockedNow: 'Vault locked',
    wrong: 'That is not the passphrase.',
    missing: 'Enter the passphrase.',
    unlockTitle: 'Unlock the vault',
  },
};

export type Messages = typeof en;
