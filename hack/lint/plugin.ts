/** The project's own lint rules, loaded by oxlint through .oxlintrc.json. */
import { importProblem, impureImport } from "./verdict.ts";

/** The parts of ESLint's rule interface that are used; oxlint offers the same. */
interface Node {
  type: string;
}

interface Context {
  filename: string;
  report(problem: { node: Node; message: string }): void;
}

interface Literal extends Node {
  value?: unknown;
}

interface WithSource extends Node {
  source?: Literal | null;
}

/** Visits everything that names a module: import, import type, export … from, import(), and import("…").Type. */
function onImports(context: Context, problemOf: (file: string, specifier: string) => string | undefined) {
  const check = (node: Node, source: Literal | null | undefined) => {
    if (source === null || source === undefined) return;
    const message =
      typeof source.value === "string"
        ? problemOf(context.filename, source.value)
        : "import() must name its module as a plain string";
    if (message !== undefined) context.report({ node, message });
  };
  const bySource = (node: WithSource) => check(node, node.source);
  return {
    ImportDeclaration: bySource,
    ExportNamedDeclaration: bySource,
    ExportAllDeclaration: bySource,
    ImportExpression: bySource,
    TSImportType: bySource,
  };
}

const imports = { create: (context: Context) => onImports(context, importProblem) };

const IMPURE_CALLS: Readonly<Record<string, readonly string[]>> = {
  Date: ["now"],
  Math: ["random"],
  performance: ["now"],
};
const IMPURE_METHODS = new Set(["randomUUID", "randomBytes", "randomInt", "randomFillSync", "getRandomValues"]);
const IMPURE_GLOBALS = new Set(["process", "fetch", "setTimeout", "setInterval"]);

interface Identifier extends Node {
  name: string;
}

interface Member extends Node {
  object: Partial<Identifier> & Node;
  property: Partial<Identifier> & Node;
}

interface Call extends Node {
  callee: Partial<Identifier> & Node;
  arguments: Node[];
}

interface ImportSpecifier extends Node {
  imported: Partial<Identifier>;
}

const pure = {
  create(context: Context) {
    const report = (node: Node, what: string) =>
      context.report({ node, message: `a PURE folder must not use ${what}: take clock and randomness as arguments` });
    return {
      ...onImports(context, impureImport),
      ImportSpecifier(node: ImportSpecifier) {
        const { name } = node.imported;
        if (name !== undefined && IMPURE_METHODS.has(name)) report(node, name);
      },
      MemberExpression(node: Member) {
        const { object, property } = node;
        if (property.name === undefined) return;
        const impure = IMPURE_CALLS[object.name ?? ""]?.includes(property.name) || IMPURE_METHODS.has(property.name);
        if (impure) report(node, `${object.name ?? "…"}.${property.name}`);
        else if (object.name === "process") report(node, "process");
      },
      NewExpression(node: Call) {
        if (node.callee.name === "Date" && node.arguments.length === 0) report(node, "new Date()");
      },
      CallExpression(node: Call) {
        const { name } = node.callee;
        if (name !== undefined && (name === "Date" || IMPURE_GLOBALS.has(name))) report(node, `${name}()`);
      },
    };
  },
};

export default { meta: { name: "fascia" }, rules: { imports, pure } };
