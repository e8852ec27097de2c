{{- define "fascia.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "fascia.fullname" -}}
{{- $name := include "fascia.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "fascia.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: fascia
{{- end }}

{{- define "fascia.operatorLabels" -}}
app.kubernetes.io/name: {{ include "fascia.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{- define "fascia.natsLabels" -}}
app.kubernetes.io/name: nats
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: nats
{{- end }}

{{/* The image of a value such as .Values.image: (dict "image" … "tag" "when it names none"). */}}
{{- define "fascia.image" -}}
{{- $name := .image.repository }}
{{- if .image.registry }}{{ $name = printf "%s/%s" (trimSuffix "/" .image.registry) $name }}{{ end }}
{{- if .image.digest }}{{ printf "%s@%s" $name .image.digest }}{{ else }}{{ printf "%s:%s" $name (default .tag .image.tag) }}{{ end }}
{{- end }}

{{- define "fascia.ownImage" -}}
{{- include "fascia.image" (dict "image" .Values.image "tag" .Chart.AppVersion) }}
{{- end }}

{{- define "fascia.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}{{ default (include "fascia.fullname" .) .Values.serviceAccount.name }}
{{- else }}{{ required "serviceAccount.name: name the ServiceAccount, or let the chart make one" .Values.serviceAccount.name }}{{ end }}
{{- end }}

{{- define "fascia.natsUrl" -}}
{{- if .Values.nats.server.enabled }}
{{- if .Values.nats.secretName }}{{ fail "nats.secretName is for a NATS that is there: the operator makes the credentials for the chart's own itself" }}{{ end }}
{{- if .Values.nats.url }}{{ fail "nats.url and nats.server.enabled exclude one another: use the NATS that is there, or let the chart run one" }}{{ end }}
{{- printf "nats://%s-nats.%s.svc:4222" (include "fascia.fullname" .) .Release.Namespace }}
{{- else }}
{{- required "nats.url: say where NATS with JetStream is, e.g. nats://nats.nats.svc:4222, or set nats.server.enabled" .Values.nats.url }}
{{- end }}
{{- end }}

{{- define "fascia.natsMonitoringUrl" -}}
{{- if .Values.nats.server.enabled }}
{{- printf "http://%s-nats.%s.svc:8222" (include "fascia.fullname" .) .Release.Namespace }}
{{- else }}{{ .Values.nats.monitoringUrl }}{{ end }}
{{- end }}

{{/* The operator makes it, and it stays when the release goes: without these keys every patient is a new one. */}}
{{- define "fascia.keysSecret" -}}
{{ include "fascia.fullname" . }}-keys
{{- end }}

{{/* For a NATS with plain users: what its administrator includes, and what passwords follow from. */}}
{{- define "fascia.natsUsersSecret" -}}
{{ include "fascia.fullname" . }}-nats-users
{{- end }}

{{- define "fascia.natsPasswordsSecret" -}}
{{ include "fascia.fullname" . }}-nats-passwords
{{- end }}

{{/* Seeds of the chart's NATS server: the operator makes it once, and nobody else reads it. */}}
{{- define "fascia.natsKeysSecret" -}}
{{ include "fascia.fullname" . }}-nats-keys
{{- end }}

{{/*
The server's accounts, which the operator writes. Its name ends with a hash of how accounts are made: with another one
the server is replaced, and waits until its accounts are there.
*/}}
{{- define "fascia.natsAccountsSecret" -}}
{{ include "fascia.fullname" . }}-nats-accounts-2cb94b5f
{{- end }}

{{/* One name in every release: one release governs a cluster, and a second one is refused. */}}
{{- define "fascia.webhookConfiguration" -}}
fascia.dev
{{- end }}

{{- define "fascia.webhookSecret" -}}
{{ include "fascia.fullname" . }}-webhook-tls
{{- end }}

{{/* The Pod Security Standard "restricted". */}}
{{- define "fascia.podSecurity" -}}
runAsNonRoot: true
{{- if . }}
runAsUser: {{ int . }}
runAsGroup: {{ int . }}
fsGroup: {{ int . }}
fsGroupChangePolicy: OnRootMismatch
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "fascia.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}
