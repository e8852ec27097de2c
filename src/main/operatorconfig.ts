import { readFile } from "node:fs/promises";
import { type Fault, faultsOf, formatPath } from "../api/check.ts";
import { FasciaError } from "../base/errors.ts";
import { type OperatorConfig, operatorConfig } from "../operator/config.ts";
import type { WorkloadSettings } from "../operator/workload/settings.ts";
import { type YamlDocument, parseYaml } from "../standalone/yamlfile.ts";

/** Reads what `--config` names. Throws FasciaError `OperatorConfigInvalid` with everything that is wrong. */
export async function readOperatorConfig(file: string): Promise<OperatorConfig> {
  const { documents, errors } = parseYaml(await read(file));
  if (errors.length > 0) throw invalid(errors.map(({ line, reason }) => `${file}:${line}: ${reason}`));
  const [document, second] = documents.filter(({ value }) => value !== undefined);
  if (!document || second) throw invalid([`${file}: is to hold one document`]);
  const parsed = operatorConfig.safeParse(document.value);
  if (parsed.success) return parsed.data;
  throw invalid(faultsOf(parsed.error, document.value).map((fault) => said(file, document, fault)));
}

/** What all adapters' pods are made by. */
export async function workloadSettings({ adapters, nats, trustedCAsFile }: OperatorConfig): Promise<WorkloadSettings> {
  const { natsUrl = nats.url, user, tracingEndpoint, proxy, monitoringNamespace, ...given } = adapters;
  return {
    ...given,
    nats: { url: natsUrl, credentials: false },
    ...(user !== undefined && { user }),
    ...(tracingEndpoint !== undefined && { tracingEndpoint }),
    ...(monitoringNamespace !== undefined && { monitoringNamespace }),
    ...(trustedCAsFile !== undefined && { trustedCAs: await read(trustedCAsFile) }),
    ...(proxy && {
      proxy: {
        noProxy: proxy.noProxy,
        ...(proxy.http !== undefined && { http: proxy.http }),
        ...(proxy.https !== undefined && { https: proxy.https }),
      },
    }),
  };
}

/** Names of what is the operator's own in its namespace: its Lease has the name of the release's objects, too. */
export function ownNames({ keys, leaderElection, nats, webhook }: OperatorConfig): string[] {
  const { server, users } = nats;
  const { lease } = leaderElection;
  const secrets = [keys.secretName, webhook?.secretName, server?.keysSecretName, server?.accountsSecretName];
  const names = [lease, webhook?.service, ...secrets, users?.keySecretName, users?.accountsSecretName];
  // What the chart makes beside it for a server of Fascia's own.
  return [...names, server && `${lease}-nats`].filter((name) => name !== undefined);
}

const said = (file: string, document: YamlDocument, { path, reason }: Fault): string =>
  `${file}:${document.lineOf(path)}: ${path.length === 0 ? "" : `${formatPath(path)}: `}${reason}`;

const invalid = (lines: string[]): FasciaError =>
  new FasciaError(
    "OperatorConfigInvalid",
    ["the operator's configuration is refused (docs/kubernetes.md shows a whole one):", ...lines].join("\n  "),
  );

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new FasciaError("OperatorConfigInvalid", `${file} cannot be read (${code ?? "unknown"})`, { cause });
  }
}
