/** What should not have been, and how to see it again. */
export interface Violation {
  readonly what: string;
  readonly repeat: string;
}
