import type { Command } from "commander";

/** What each command's file exports: it adds its command, with arguments, options and action, to the program. */
export interface CommandModule {
  register(program: Command): void;
}

/** One command as the overview lists it; its file is loaded only when the command is the one that was asked for. */
export interface CommandEntry {
  /** Name and arguments, e.g. `run <dir>`. */
  usage: string;
  /** Heading under which the overview lists it. */
  group: string;
  summary: string;
  load(): Promise<CommandModule>;
}

const RUN = "Run:";
const CHECK = "Check before it runs:";
const LOOK = "Look and repair:";
const TOOLS = "Tools for HL7 v2:";

/** In the order in which the overview lists them. */
export const commands: CommandEntry[] = [
  {
    usage: "run <dir>",
    group: RUN,
    summary: "run a directory of manifests, and follow its edits",
    load: () => import("./run.ts"),
  },
  {
    usage: "adapter <name>",
    group: RUN,
    summary: "run one adapter as a process of its own, beside `fascia run`",
    load: () => import("./adapter.ts"),
  },
  {
    usage: "operator",
    group: RUN,
    summary: "run Adapters and Integrations of a Kubernetes cluster",
    load: () => import("./operator.ts"),
  },
  {
    usage: "trace [id]",
    group: LOOK,
    summary: "print the journey of one message, or list the newest",
    load: () => import("./trace.ts"),
  },
  {
    usage: "quarantine",
    group: LOOK,
    summary: "list and show what could not be delivered, and why",
    load: () => import("./quarantine.ts"),
  },
  {
    usage: "replay <id...>",
    group: LOOK,
    summary: "send again what failed, and only that",
    load: () => import("./replay.ts"),
  },
  {
    usage: "audit",
    group: LOOK,
    summary: "list what policy denied, and which exceptions were used",
    load: () => import("./audit.ts"),
  },
  {
    usage: "lint <dir...>",
    group: CHECK,
    summary: "judge manifests by every rule, without a cluster",
    load: () => import("./lint.ts"),
  },
  {
    usage: "contracts <dir...>",
    group: CHECK,
    summary: "show which contract versions end when, and who uses them",
    load: () => import("./contracts.ts"),
  },
  {
    usage: "ownership <dir...>",
    group: CHECK,
    summary: "show which system owns what, and who receives it",
    load: () => import("./ownership.ts"),
  },
  {
    usage: "convert [file...]",
    group: TOOLS,
    summary: "turn HL7 v2 ADT messages into FHIR R4 Bundles",
    load: () => import("./convert.ts"),
  },
  {
    usage: "send <host:port> <file...>",
    group: TOOLS,
    summary: "send messages over MLLP, print acknowledgments, measure",
    load: () => import("./send.ts"),
  },
];

export const commandName = (entry: CommandEntry): string => entry.usage.split(" ", 1)[0] as string;
