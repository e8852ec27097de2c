import { describe, expect, test } from "vitest";
import { RULE_IDS } from "../../policy/rule.ts";
import type { LintFinding, LintReport } from "../../standalone/lint.ts";
import { asJson } from "./json.ts";
import { asJunit } from "./junit.ts";
import { asSarif } from "./sarif.ts";
import { asText, summary } from "./text.ts";

const ehr = { kind: "Adapter", namespace: "clinic", name: "ehr" };
const visit = { kind: "ContractVersion", name: "visit-v1.0.0" };
const denied: LintFinding = {
  severity: "Deny",
  rule: "listen/port-taken",
  file: "conf/ehr.yaml",
  line: 12,
  path: "spec.mllp.source.port",
  message: "port 2575 is taken by Adapter clinic/lis: choose another port",
  resource: ehr,
};
const warned: LintFinding = {
  severity: "Warn",
  rule: "references/unresolved",
  file: "conf/ehr.yaml",
  line: 14,
  path: "",
  message: "nothing answers it",
  resource: ehr,
};
const resources = [
  { ...ehr, file: "conf/ehr.yaml", line: 1 },
  { ...visit, file: "conf/visit.yaml", line: 1 },
];
const report = (...findings: LintFinding[]): LintReport => ({ at: 0, usesKnown: true, resources, findings });

/** What somebody may call a file or a field in a pull request. */
const HOSTILE = `a\n::error::b\u001b[31m<![CDATA["&'>]]>\u202e\ud800\u0000 ü`;
const hostile: LintFinding = { ...denied, file: `${HOSTILE}.yaml`, path: HOSTILE, message: HOSTILE };
const UNPRINTABLE = /[^\P{C}\n]|[\p{Zl}\p{Zp}]/u;

describe("As text", () => {
  test("a finding is a line that editors can follow, with the rule at its end", () => {
    expect(asText([denied, warned])).toBe(
      "conf/ehr.yaml:12: error: spec.mllp.source.port: port 2575 is taken by Adapter clinic/lis: choose another port (listen/port-taken)\n" +
        "conf/ehr.yaml:14: warning: nothing answers it (references/unresolved)\n",
    );
  });

  test("a hostile name stays within its line and turns nothing around", () => {
    const text = asText([hostile]);
    expect(text.split("\n")).toHaveLength(2);
    expect(text).not.toMatch(UNPRINTABLE);
    expect(text).toContain(String.raw`a\u{a}::error::b\u{1b}[31m`);
  });

  test("the sum counts resources, errors and warnings", () => {
    expect(summary(report(denied, warned, warned))).toBe("2 resources read: 1 error, 2 warnings");
  });

  test("the sum says that without a cluster nobody knows which use is new", () => {
    expect(summary({ ...report(denied), usesKnown: false })).toBe(
      "2 resources read: 1 error, 0 warnings (every use counts as existing; --against a cluster tells new ones)",
    );
  });
});

test("As JSON the report has everything that is known", () => {
  expect(JSON.parse(asJson(report(denied)))).toEqual({
    at: "1970-01-01T00:00:00.000Z",
    usesKnown: true,
    resources: 2,
    findings: [denied],
  });
});

test("As JSON and SARIF nothing turns the writing around or leaves its line, and all of it reads back as it was", () => {
  for (const text of [asJson(report(hostile)), asSarif(report(hostile), "1.2.3")])
    expect(text).not.toMatch(UNPRINTABLE);
  const [first] = (JSON.parse(asJson(report(hostile))) as LintReport).findings;
  expect(first?.message).toBe(HOSTILE);
});

describe("As SARIF", () => {
  interface Described {
    id: string;
    name: string;
    shortDescription: { text: string };
    fullDescription: { text: string };
  }
  interface Log {
    $schema: string;
    version: string;
    runs: {
      tool: { driver: { name: string; semanticVersion: string; rules: Described[] } };
      results: {
        ruleId: string;
        ruleIndex: number;
        level: string;
        message: { text: string };
        locations: { physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } }[];
      }[];
    }[];
  }
  const logOf = (...findings: LintFinding[]) => JSON.parse(asSarif(report(...findings), "1.2.3")) as Log;

  test("a run has what SARIF 2.1.0 requires: version, a named tool, and rules by id", () => {
    const { version, runs } = logOf();
    expect([version, runs.length]).toEqual(["2.1.0", 1]);
    expect(runs[0]?.tool.driver).toMatchObject({ name: "fascia lint", semanticVersion: "1.2.3" });
    expect(runs[0]?.tool.driver.rules.map(({ id }) => id)).toEqual([...RULE_IDS]);
    expect(runs[0]?.results).toEqual([]);
  });

  test("a rule says in one sentence what it is about, and where there is more", () => {
    const { rules } = logOf().runs[0]!.tool.driver;
    const port = rules.find(({ id }) => id === "listen/port-taken");
    expect(port?.shortDescription.text).toBe("Refuses a second Adapter that listens on a port of the same address.");
    for (const { shortDescription, fullDescription } of rules) {
      expect(shortDescription.text).toMatch(/^(Refuses|Warns) [^\n`]+\.$/);
      expect(fullDescription.text).toContain("docs/policies.md");
    }
  });

  test("a result names its rule by id and place, its level, and where it is", () => {
    const [first, second] = logOf(denied, warned).runs[0]?.results ?? [];
    expect(first).toEqual({
      ruleId: "listen/port-taken",
      ruleIndex: RULE_IDS.indexOf("listen/port-taken"),
      level: "error",
      message: { text: `spec.mllp.source.port: ${denied.message}` },
      locations: [
        {
          physicalLocation: { artifactLocation: { uri: "conf/ehr.yaml" }, region: { startLine: 12 } },
          logicalLocations: [{ fullyQualifiedName: "Adapter/clinic/ehr", kind: "resource" }],
        },
      ],
    });
    expect(second).toMatchObject({ level: "warning", message: { text: warned.message } });
  });

  test("a file is a URI reference, whatever it is called and wherever it lies", () => {
    const uris = logOf(hostile, { ...denied, file: "/a b/c#d.yaml" }, { ...denied, file: "../x:y/z.yaml" }).runs[0]
      ?.results;
    const [first = "", ...rest] = (uris ?? []).map(
      ({ locations }) => locations[0]?.physicalLocation.artifactLocation.uri,
    );
    expect(first).toMatch(/^[A-Za-z0-9%.~!'()*_/-]+$/);
    expect(decodeURIComponent(first)).toBe(hostile.file.toWellFormed());
    expect(rest).toEqual(["file:///a%20b/c%23d.yaml", "../x%3Ay/z.yaml"]);
  });

  test("no message has what does not print", () => {
    expect(logOf(hostile).runs[0]?.results[0]?.message.text).not.toMatch(UNPRINTABLE);
  });
});

describe("As JUnit's XML", () => {
  /** Elements in their order, closed as `/name`; throws for what is not well-formed. */
  function elementsOf(xml: string): string[] {
    const [declaration, body = ""] = xml.split("?>\n", 2);
    expect(declaration).toBe('<?xml version="1.0" encoding="UTF-8"');
    const attribute = String.raw` [a-z]+="(?:[^<>&"]|&(?:lt|gt|amp|quot|apos);)*"`;
    const text = String.raw`(?:[^<>&]|&(?:lt|gt|amp|quot|apos);)+`;
    const token = new RegExp(`<([a-z-]+)(?:${attribute})*>|<(/[a-z-]+)>|${text}`, "gy");
    const elements: string[] = [];
    const open: string[] = [];
    let end = 0;
    for (const match of body.matchAll(token)) {
      end = match.index + match[0].length;
      const name = match[1] ?? match[2];
      if (match[1] !== undefined) open.push(match[1]);
      if (match[2] !== undefined && `/${open.pop()}` !== match[2]) throw new Error(`${match[2]} closes nothing`);
      if (name !== undefined) elements.push(name);
    }
    if (end !== body.length || open.length > 0)
      throw new Error(`not well-formed at ${end}: ${body.slice(end, end + 80)}`);
    return elements;
  }

  test("a file is a suite and a resource a case; what is denied fails it, what is warned of does not", () => {
    const xml = asJunit(report(denied, warned));
    expect(elementsOf(xml).join(" ")).toBe(
      [
        "testsuites testsuite testcase failure /failure system-out /system-out /testcase",
        "/testsuite testsuite testcase /testcase /testsuite /testsuites",
      ].join(" "),
    );
    expect(xml).toContain('<testsuites name="fascia lint" tests="2" failures="1">');
    expect(xml).toContain('<testcase classname="conf/ehr.yaml" name="Adapter clinic/ehr">');
    expect(xml).toContain('<failure type="listen/port-taken" message="port 2575 is taken');
  });

  test("what is no resource fails the file that it is in", () => {
    const { resource: _, ...fault } = denied;
    const xml = asJunit(report({ ...fault, file: "conf/broken.yaml", path: "", message: "not valid YAML" }));
    expect(xml).toContain('<testsuite name="conf/broken.yaml" tests="1" failures="1">');
    expect(xml).toContain('name="manifests"');
  });

  test("is well-formed whatever things are called", () => {
    const xml = asJunit(report(hostile, { ...hostile, severity: "Warn" }, { ...hostile, file: "conf/ehr.yaml" }));
    expect(elementsOf(xml).filter((name) => name === "failure")).toHaveLength(1);
    expect(xml).not.toMatch(UNPRINTABLE);
  });
});
