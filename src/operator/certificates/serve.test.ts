import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync, mkdirSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Authority, type Certificate } from "../../../test/builders/certificates.ts";
import { eventually } from "../../../test/builders/eventually.ts";
import { systemClock } from "../../base/clock.ts";
import { createOperatorMetrics } from "../../telemetry/operatormetrics.ts";
import { silentLog } from "../../telemetry/log.ts";
import { certificateFiles } from "./files.ts";
import { ServingCertificates } from "./serve.ts";

let authority: Authority;
let directory: string;
let server: Server;
let serving: ServingCertificates;
let generation = 0;
const metrics = createOperatorMetrics({ process: false });
const never = new AbortController().signal;

beforeAll(() => (authority = new Authority()));
afterAll(() => authority.remove());

beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "fascia-files-"));
  server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const source = certificateFiles(path.join(directory));
  serving = new ServingCertificates({ source, server, metrics, clock: systemClock, log: silentLog, everyMs: 20 });
});

afterEach(async () => {
  await serving.stop();
  server.close();
  rmSync(directory, { recursive: true });
});

/** As the kubelet renews a mounted Secret: a new directory, and one link that is changed in one step. */
function mount({ cert, key }: Pick<Certificate, "cert" | "key">): void {
  const name = `..${++generation}`;
  mkdirSync(path.join(directory, name));
  writeFileSync(path.join(directory, name, "tls.crt"), cert);
  writeFileSync(path.join(directory, name, "tls.key"), key);
  symlinkSync(name, path.join(directory, "..data_tmp"));
  renameSync(path.join(directory, "..data_tmp"), path.join(directory, "..data"));
  for (const file of ["tls.crt", "tls.key"]) {
    rmSync(path.join(directory, file), { force: true });
    symlinkSync(path.join("..data", file), path.join(directory, file));
  }
}

/** Common name of the certificate that a new connection is shown. */
async function shown(): Promise<string | undefined> {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: "127.0.0.1", ca: authority.ca, servername: "localhost" });
  await once(socket, "secureConnect");
  const name: unknown = socket.getPeerCertificate().subject.CN;
  socket.destroy();
  return typeof name === "string" ? name : undefined;
}

describe("A certificate in files", () => {
  test("is served as soon as it is there, and its expiry is told", async () => {
    const started = serving.start(never);
    expect(serving.ready).toBe(false);
    mount(authority.issue("first"));
    await started;
    expect(await shown()).toBe("first");
    const [, expiry] =
      /fascia_certificate_expiry_timestamp_seconds\{certificate="webhook"\} (\d+)/.exec(await metrics.text()) ?? [];
    expect(Number(expiry) - Date.now() / 1000).toBeGreaterThan(86_400);
  });

  test("is read again when it was renewed, without a restart", async () => {
    mount(authority.issue("first"));
    await serving.start(never);
    mount(authority.issue("second"));
    await eventually(async () => expect(await shown()).toBe("second"));
  });

  test("stays while what is in the files is damaged, half renewed or gone", async () => {
    const first = authority.issue("first");
    mount(first);
    await serving.start(never);
    const file = path.join(directory, "tls.crt");
    for (const damage of [
      () => writeFileSync(file, "no PEM"),
      () => writeFileSync(file, authority.issue("other").cert),
      () => rmSync(file),
    ]) {
      damage();
      await systemClock.sleep(60);
      expect(await shown()).toBe("first");
    }
    mount(authority.issue("second"));
    await eventually(async () => expect(await shown()).toBe("second"));
  });
});
