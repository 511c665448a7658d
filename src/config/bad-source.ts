/** What a text isn't, in the words of `Fault`: what would be allowed, and how to get there. */
export interface BadSource {
  readonly allowed: string;
  readonly hint?: string;
}
