/** A station of an order's path as it is now. Absent: not known here. */
export interface Station {
  name: string;
  state: 'up' | 'down' | 'unknown';
  /** What needs attention. */
  detail?: string | undefined;
  /** Orders, changes or events a second. */
  flow?: number | undefined;
  backlog?: number | undefined;
  oldestMs?: number | undefined;
  /** Messages in the station's dead-letter queue. */
  failures?: number | undefined;
}

export interface SeriesLine {
  name: string;
  values: number[];
}

/** Lines of the last hour, at most; their values are at even intervals. */
export interface Series {
  title: string;
  seconds: number;
  lines: SeriesLine[];
}

export interface PipelineState {
  /** ISO 8601, UTC. */
  at: string;
  stations: Station[];
  series: Series[];
}

/** Observes the pipeline. */
export interface PipelineSource {
  state(): Promise<PipelineState> | PipelineState;
  stop(): void;
}
