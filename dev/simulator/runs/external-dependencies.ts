/** What runs wait for outside Spacelift, by the ids a push policy made up; marked as completed by whoever did the work. */

export type CompletedStatus = 'FINISHED' | 'FAILED' | 'SKIPPED';

export class ExternalDependencies {
  readonly #statuses = new Map<string, CompletedStatus>();

  complete(id: string, status: CompletedStatus): void {
    this.#statuses.set(id, status);
  }

  /** Whether a run may start as far as this dependency goes; a failed one ends the run instead. */
  isCompleted(id: string): boolean {
    const status = this.#statuses.get(id);
    return status === 'FINISHED' || status === 'SKIPPED';
  }

  isFailed(id: string): boolean {
    return this.#statuses.get(id) === 'FAILED';
  }
}
