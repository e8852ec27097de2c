import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { everyOne } from "../compile/resources.ts";
import { type Manifests, formatProblem, loadManifests } from "./manifests.ts";

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "fascia-manifests-"));
});
afterEach(() => rm(dir, { recursive: true }));

async function put(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(dir, name)), { recursive: true });
  await writeFile(join(dir, name), text);
}

/** The problems of one file as people see them, without the directory. */
async function problems(text: string): Promise<string[]> {
  await put("m.yaml", text);
  const { problems: found } = await loadManifests(dir);
  return found.map((problem) => formatProblem(problem).replace(`${dir}/`, ""));
}

const contract = `apiVersion: fascia.dev/v1alpha1
kind: ContractVersion
metadata:
  name: result-v1.0.0
spec:
  contract: result
  version: 1.0.0
  domain: lab
  owner: lab <lab@hospital.example>
  json:
    schema: { type: object }
`;

const adapter = `apiVersion: fascia.dev/v1alpha1
kind: Adapter
metadata:
  name: portal
spec:
  system: portal
  owner: web <web@hospital.example>
  http:
    target:
      url: http://127.0.0.1:8080/results
  accepts:
    - contract: result
      version: 1.0.0
`;

const integration = `apiVersion: fascia.dev/v1alpha1
kind: Integration
metadata:
  name: results
  namespace: east
spec:
  owner: web <web@hospital.example>
  event:
    from:
      contract: result
      version: ^1.0.0
    to:
      - adapter: portal
`;

const secret = `apiVersion: v1
kind: Secret
metadata:
  name: portal-token
stringData:
  token: hunter2
`;

describe("a directory of manifests", () => {
  it("is read recursively, several documents a file, in a stable order, with defaults filled in", async () => {
    await put("b/more.yml", `---\n${integration}---\n---\n# nothing\n`);
    await put("a.yaml", `${contract}---\n${adapter}`);
    const { resources, problems: none, ignored } = await loadManifests(dir);
    expect({ none, ignored }).toEqual({ none: [], ignored: [] });
    expect(resources.contractVersions.map(({ metadata }) => metadata)).toEqual([{ name: "result-v1.0.0" }]);
    expect(resources.adapters[0]?.metadata).toEqual({ name: "portal", namespace: "default" });
    expect(resources.adapters[0]?.spec.http?.target).toMatchObject({ method: "POST", connections: 8 });
    expect(resources.integrations[0]?.metadata).toEqual({ name: "results", namespace: "east" });
    expect(resources.integrations[0]?.spec.event?.to[0]?.retry.attempts).toBe(5);
  });

  it("may hold files and resources that are not ours, which are named and left alone", async () => {
    await put("deployment.yaml", `# of another tool\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n`);
    await put("values.yaml", "a: 1\n");
    await put("list.yaml", "- 1\n- 2\n");
    await put("notes.md", "no manifest");
    await put(".hidden/broken.yaml", "{");
    await put("node_modules/x/broken.yaml", "{");
    const { problems: none, ignored } = await loadManifests(dir);
    expect(none).toEqual([]);
    expect(ignored).toEqual([
      { file: join(dir, "deployment.yaml"), line: 2, kind: "Deployment" },
      { file: join(dir, "list.yaml"), line: 1, kind: "unknown" },
      { file: join(dir, "values.yaml"), line: 1, kind: "unknown" },
    ]);
  });

  it("may be a mounted ConfigMap: links are followed, and a link back to the top is not followed for ever", async () => {
    await put("..data_1/a.yaml", adapter);
    await symlink("..data_1", join(dir, "..data"));
    await symlink("..data/a.yaml", join(dir, "a.yaml"));
    await symlink("missing.yaml", join(dir, "dangling.yaml"));
    await symlink(dir, join(dir, "again"));
    const { resources, problems: none } = await loadManifests(dir);
    expect(none).toEqual([]);
    expect(resources.adapters).toHaveLength(1);
  });

  it("that does not exist is refused by name", async () => {
    const missing = join(dir, "missing");
    const refusal = { code: "ManifestsMissing", message: expect.stringContaining(missing) };
    await expect(loadManifests(missing)).rejects.toMatchObject(refusal);
  });

  it("tells where a resource says something, for those who find fault with it later", async () => {
    await put("a.yaml", `${contract}---\n${integration}`);
    const { locate } = await loadManifests(dir);
    const name = { kind: "Integration", namespace: "east", name: "results" };
    expect(locate(name, "spec.event.to[0].adapter")).toEqual({ file: join(dir, "a.yaml"), line: 25 });
    expect(locate(name, "spec.event.to[0].version")?.line).toBe(25);
    expect(locate({ kind: "ContractVersion", name: "result-v1.0.0" }, "spec.domain")?.line).toBe(8);
    expect(locate({ ...name, name: "other" }, "spec")).toBeUndefined();
  });
});

describe("What kubectl reads is read, too:", () => {
  const names = async (...of: string[]) => {
    const { resources, problems: found } = await loadManifests(...(of.length === 0 ? [dir] : of));
    return [...everyOne(resources).map(({ metadata }) => metadata.name), ...found.map(({ reason }) => reason)];
  };
  const listOf = (...items: string[]) =>
    `apiVersion: v1\nkind: List\nitems:\n${items.map((item) => `- ${item.trimEnd().replaceAll("\n", "\n  ")}\n`).join("")}`;

  it("a List, as `kubectl get -o yaml` makes it, its items each at its line", async () => {
    const text = listOf(contract, listOf(adapter.replace("portal\n", "Portal\n")), integration, secret);
    expect(await problems(text)).toEqual([expect.stringMatching(/^m\.yaml:21: metadata\.name: must be the name/)]);
    const { resources, secrets, ignored, locate } = await loadManifests(dir);
    expect(everyOne(resources).map(({ kind }) => kind)).toEqual(["ContractVersion", "Integration"]);
    expect([secrets.length, ignored]).toEqual([1, []]);
    const place = locate({ kind: "ContractVersion", name: "result-v1.0.0" }, "spec.domain");
    expect(place?.line).toBe(text.split("\n").findIndex((line) => line.includes("domain: lab")) + 1);
  });

  it("a list of one kind, as the API itself answers; an empty one; one that is none is refused", async () => {
    await put("l.yaml", listOf(adapter).replace("v1\nkind: List", "fascia.dev/v1alpha1\nkind: AdapterList"));
    expect(await names()).toEqual(["portal"]);
    for (const items of ["[]", "null", ""])
      expect(await problems(`apiVersion: v1\nkind: List\nitems: ${items}\n`)).toEqual([]);
    expect(await problems("apiVersion: v1\nkind: List\nitems: { a: 1 }\n")).toEqual([
      "m.yaml:3: items: must be a list of resources; lists nest 8 deep at most",
    ]);
  });

  it("lists in lists up to a bound, beyond which they are refused, not passed over", async () => {
    const nested = (depth: number) => Array.from({ length: depth }).reduce<string>((inner) => listOf(inner), adapter);
    await put("l.yaml", nested(8));
    expect(await names()).toEqual(["portal"]);
    await put("l.yaml", nested(9));
    expect(await names()).toEqual(["must be a list of resources; lists nest 8 deep at most"]);
  });

  it("JSON, however it is indented, in files of that name", async () => {
    await put("a.json", JSON.stringify(parse(adapter), undefined, "\t"));
    expect(await names()).toEqual(["portal"]);
    await put("a.json", '{"apiVersion": ');
    expect(await names()).toEqual([expect.stringMatching(/^not valid YAML: /)]);
  });

  it("one file, whatever it is called", async () => {
    await put("portal.manifest", adapter);
    await put("other.yaml", contract);
    expect(await names(join(dir, "portal.manifest"))).toEqual(["portal"]);
    expect(await names(join(dir, "portal.manifest"), dir)).toEqual(["result-v1.0.0", "portal"]);
  });

  it("UTF-8 and UTF-16 with a byte order mark; what is neither is refused instead of guessed", async () => {
    const utf16 = Buffer.from(`\ufeff${adapter}`, "utf16le");
    const texts: [string, Uint8Array][] = [
      ["UTF-8", Buffer.from(`\ufeff${adapter}`)],
      ["UTF-16LE", utf16],
      ["UTF-16BE", Buffer.from(utf16).swap16()],
    ];
    for (const [encoding, bytes] of texts) {
      await writeFile(join(dir, "a.yaml"), bytes);
      expect(await names(), encoding).toEqual(["portal"]);
    }
    await writeFile(join(dir, "a.yaml"), utf16.subarray(2));
    expect(await names()).toEqual([
      expect.stringMatching(/^holds zero bytes, as UTF-16 without .*: save it as UTF-8$/),
    ]);
    await writeFile(join(dir, "a.yaml"), Buffer.from(`${adapter}# Zentralk\u00fcche\n`, "latin1"));
    expect(await names()).toEqual(["is not UTF-8 throughout: save it as UTF-8"]);
  });

  it("what the API server added to a resource: its status counts for nothing, whatever is in it", async () => {
    const got = `${adapter.replace("name: portal", "name: portal\n  uid: 7f0c\n  managedFields: []")}status: { uses: 1 }\n`;
    expect(await problems(got)).toEqual([]);
    expect((await loadManifests(dir)).resources.adapters[0]).not.toHaveProperty("status");
  });

  it.each<[string, string, RegExp | undefined]>([
    ["labels: { app.kubernetes.io/part-of: clinic_1.A }", "", undefined],
    ["labels: { -a: b }", "metadata.labels.-a", /must be a name such as/],
    ["labels: { a/b/c: b }", "metadata.labels.a/b/c", /must be a name such as/],
    ["labels: { Example.com/a: b }", "metadata.labels.Example.com/a", /must be a name such as/],
    ["labels: { ward: north wing }", "metadata.labels.ward", /must be empty, or at most 63/],
    [`labels: { ward: ${"x".repeat(64)} }`, "metadata.labels.ward", /must be empty, or at most 63/],
    ["annotations: { Example.com/a: any text at all }", "", undefined],
    ["annotations: { a b: c }", "metadata.annotations.a b", /must be a name such as/],
    [`annotations: { a: ${"x".repeat(262_144)} }`, "metadata.annotations", /larger than 256 KiB/],
  ])("labels and annotations as the API server takes them: %s", async (more, path, reason) => {
    const { problems: found } = await (await put("m.yaml", adapter.replace("name: portal", `name: portal\n  ${more}`)),
    loadManifests(dir));
    if (reason === undefined) return expect(found).toEqual([]);
    expect(found).toEqual([expect.objectContaining({ path, reason: expect.stringMatching(reason) })]);
  });
});

describe("problems are told with file, line, path and reason:", () => {
  it("a value that the schema refuses, at its own line", async () => {
    expect(await problems(adapter.replace("/results", "/results\n      connections: 1000"))).toEqual([
      expect.stringMatching(/^m\.yaml:11: spec\.http\.target\.connections: .*256/),
    ]);
  });

  it("an unknown field, which is never ignored", async () => {
    expect(await problems(adapter.replace("  accepts:", "  acepts: []\n  accepts:"))).toEqual([
      "m.yaml:11: spec.acepts: unknown field",
    ]);
  });

  it("a missing field, at what should have held it", async () => {
    expect(await problems(adapter.replace("  system: portal\n", ""))).toEqual([
      "m.yaml:5: spec.system: required, but missing (string)",
    ]);
  });

  it("every problem of every document, list items by their index", async () => {
    const text = `${adapter.replace("version: 1.0.0", "version: one")}---\n${integration.replace("- adapter: portal", "- adapter: portal\n      - adapter: Portal")}`;
    expect(await problems(text)).toEqual([
      expect.stringMatching(/^m\.yaml:13: spec\.accepts\[0\]\.version: /),
      expect.stringMatching(/^m\.yaml:28: spec\.event\.to\[1\]\.adapter: /),
    ]);
  });

  it("what one resource contradicts itself in, by the same rules as the API server's", async () => {
    expect(await problems(contract.replace("name: result-v1.0.0", "name: result-v1"))).toEqual([
      expect.stringMatching(/^m\.yaml:4: metadata\.name: metadata\.name must be <spec\.contract>-v<spec\.version>/),
    ]);
  });

  it("a second resource of the same name, pointing at the first", async () => {
    await put("a.yaml", `---\n${adapter}`);
    expect(await problems(`${integration}---\n${adapter}`)).toEqual([
      `m.yaml:18: metadata.name: Adapter portal is in ${join(dir, "a.yaml")}:2 already`,
    ]);
    expect(await problems(adapter.replace("name: portal", "name: portal\n  namespace: east"))).toEqual([]);
  });

  it("a kind or version of our group that does not exist, and a resource of ours without apiVersion", async () => {
    expect(await problems("apiVersion: fascia.dev/v1alpha1\nkind: Adaptor\n")).toEqual([
      "m.yaml:2: kind: not a kind of fascia.dev/v1alpha1: it has DataDomain, AdapterClass, ContractVersion, Adapter, Integration, PolicyException",
    ]);
    expect(await problems(adapter.replace("v1alpha1", "v2"))).toEqual([
      expect.stringMatching(/^m\.yaml:1: apiVersion: .*fascia\.dev\/v1alpha1/),
    ]);
    expect(await problems(adapter.replace(/^.*\n/, ""))).toEqual([expect.stringMatching(/^m\.yaml:1: apiVersion: /)]);
  });

  it("text that is no YAML, at the line where it breaks; nothing of that file is taken", async () => {
    const text = `${adapter}---\nkind: [\n`;
    expect(await problems(text)).toEqual([expect.stringMatching(/^m\.yaml:1[567]: not valid YAML: /)]);
    expect((await loadManifests(dir)).resources.adapters).toEqual([]);
    expect(await problems("a: 1\na: 2\n")).toEqual([expect.stringMatching(/^m\.yaml:2: not valid YAML: /)]);
  });

  it("aliases that would expand without end", async () => {
    const levels = Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}]`);
    expect(await problems(`a0: &a0 x\n${levels.join("\n")}\n`)).toEqual([
      expect.stringMatching(/^m\.yaml:1: not valid YAML: .*aliases multiply too far/),
    ]);
  });

  it("a key that a map has already, in time that grows with the map: compared in pairs, this one takes minutes", async () => {
    const keys = Array.from({ length: 80_000 }, (_, n) => `k${n}: 1\n`).join("");
    expect(await problems(`${keys}k7: 2\n`)).toEqual(["m.yaml:80001: not valid YAML: Map keys must be unique"]);
  });

  it("a file too large to be a manifest", async () => {
    expect(await problems(`# ${"x".repeat(4 * 1024 ** 2)}\n`)).toEqual([expect.stringMatching(/^m\.yaml:1: larger/)]);
  });

  it("what comes by an alias or a merge, at what is there", async () => {
    const text = adapter.replace("system: portal", "<<: &more { system: Portal }");
    expect(await problems(text)).toEqual([expect.stringMatching(/^m\.yaml:5: spec\.system: /)]);
  });
});

describe("Secrets", () => {
  it("are read as the API server reads them: base64 data, and plain stringData that wins", async () => {
    await put("s.yaml", `${secret}  plain: "1"\ndata:\n  token: b2xk\n  key: AAEC\n`);
    const { secrets } = await loadManifests(dir);
    expect(secrets).toMatchObject([{ namespace: "default", name: "portal-token" }]);
    expect(Buffer.from(secrets[0]?.data["token"] ?? "")).toEqual(Buffer.from("hunter2"));
    expect(Buffer.from(secrets[0]?.data["key"] ?? "")).toEqual(Buffer.from([0, 1, 2]));
  });

  const wrong: [what: string, text: string, at: RegExp][] = [
    [
      "base64 that is none",
      secret.replace("stringData", "data").replace("hunter2", "hunter2!"),
      /:6: data\.token: must be base64/,
    ],
    ["a number", secret.replace("hunter2", "7770001"), /:6: stringData\.token: must be a string/],
    ["a value where keys belong", secret.replace("\n  token: hunter2", " hunter2"), /:5: stringData: /],
    [
      "a key that would leave its directory",
      secret.replace("token: ", "../token: "),
      /:6: stringData\.\.\.\/token: a key may/,
    ],
    ["an alias to nothing", secret.replace("hunter2", "*hunter2"), /:6: not valid YAML: /],
    ["an unfinished text", secret.replace("hunter2", '"hunter2'), /:[67]: not valid YAML: /],
    ["a second Secret of this name", `${secret}---\n${secret}`, /:11: metadata\.name: Secret portal-token is in/],
  ];

  it.each(wrong)("are never quoted when something is wrong with them: %s", async (_what, text, at) => {
    const found = await problems(text);
    expect(found).toEqual([expect.stringMatching(at)]);
    expect(found.join()).not.toMatch(/hunter2|7770001/);
  });

  it("are never quoted by the parser's own warnings either: an unquoted {{hunter2}} is a map to YAML", async () => {
    const warned: string[] = [];
    const listen = (warning: Error) => void warned.push(warning.message);
    process.on("warning", listen);
    const found = await problems(secret.replace("hunter2", "{{hunter2}}"));
    await setImmediate();
    process.off("warning", listen);
    expect(found).toEqual([expect.stringMatching(/:6: stringData\.token: must be a string/)]);
    expect([...found, ...warned].join()).not.toContain("hunter2");
  });
});

it("never shares what it read: each call gives the state of the disk", async () => {
  await put("a.yaml", adapter);
  const first: Manifests = await loadManifests(dir);
  await put("a.yaml", adapter.replace("system: portal", "system: website"));
  expect(first.resources.adapters[0]?.spec.system).toBe("portal");
  expect((await loadManifests(dir)).resources.adapters[0]?.spec.system).toBe("website");
});
