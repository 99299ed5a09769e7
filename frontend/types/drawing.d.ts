// What the timeline keeps of what it has drawn. Lengths in px of the plot. Nothing here is served.

declare namespace Drawing {
  type Timeline = import("../../labs/static/labs/timeline/timeline.js").Timeline;
  type Curtain = import("../../labs/static/labs/timeline/axis.js").Curtain;

  /** A lane where it is drawn. */
  interface Lane {
    lane: Trace.Lane;
    name: string;
    rows: number;
    y: number;
    h: number;
    top: number;
    head?: number;
    broker?: boolean;
    probe?: boolean;
    least: number;
    give: number;
  }

  /**
   * How far an execution is at the moment shown: not begun, under way, ended, ended and spoken of by its
   * pool's parent.
   */
  type Phase = -1 | 0 | 1 | 2 | 3;

  interface Bar {
    execution: Trace.Execution;
    g: SVGElement;
    y: number;
    h: number;
    shape: SVGElement;
    phase: Phase;
    acked: boolean | null;
    /** While under way: the moment until which its drawn length is enough. */
    until: number;
    text: { long: string; short: string };
    words: string;
    pattern: SVGElement | null;
    label: SVGElement | null;
    glyph: SVGElement | null;
    badge: SVGElement | null;
    ack: SVGElement | null;
    after: SVGElement | null;
  }

  interface Filter { lanes: Set<string> | null; kinds: Set<string> | null; text: string }

  /** The log also has lines of samples. */
  interface LogFilter extends Filter { samples: boolean }

  interface Options {
    onSelect(execution: Trace.Execution | null): void;
    onHover(execution: Trace.Execution | null, node: Element | null): void;
    onView(timeline: Timeline): void;
    /** Seconds shown at least. */
    least: number;
  }

  interface SendGroup {
    from: number; to: number; y: number; first: string; last: string; full: string; count: number;
    text: SVGElement;
  }
  /** How much of each list of the model is drawn, and what a later part needs of an earlier one. */
  interface Drawn {
    executions: number; links: number; holds: number; downs: number; spans: number; kills: number;
    requeues: number;
    sends: number; fires: number; marks: number; ticks: number; samples: number; probes: number; late: number;
    strip: Strip | null;
    linkNodes: { node: SVGElement; task: string }[];
    holdTexts: { end: number; node: SVGElement; early?: boolean }[];
    /** Redrawn until they return true: what has no end yet. */
    stretchy: (() => boolean)[];
    rings: Map<string, { ring: SVGElement; d: string; group: SendGroup | null }>;
    fireRight: Map<string, number>;
    lastMark: Map<string, { x: number; words: string; text: SVGElement; tag: string }>;
    lastKill: Map<string, { x: number; bolt: SVGElement }>;
    tickPath: SVGElement | null;
    tickD: string;
  }

  /** The strip of lateness: `begun` counts the reports that its words speak of. */
  interface Strip { g: SVGElement; title: SVGElement; label: SVGElement | null; begun: number }
  interface Label { node: SVGElement; at: number; under: boolean }
}
