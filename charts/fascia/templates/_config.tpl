{{/* What `fascia operator --config` reads. */}}
{{- define "fascia.config" -}}
release: {{ .Release.Name }}
watchNamespaces: {{ .Values.watchNamespaces | toJson }}
telemetry:
  port: {{ .Values.telemetry.port }}
leaderElection:
  lease: {{ include "fascia.fullname" . }}
keys:
  secretName: {{ include "fascia.keysSecret" . }}
{{- if .Values.webhook.enabled }}
webhook:
  port: 9443
  service: {{ include "fascia.fullname" . }}-webhook
  {{- if eq .Values.webhook.certificate.mode "SelfManaged" }}
  secretName: {{ include "fascia.webhookSecret" . }}
  {{- else }}
  certificateDirectory: /etc/fascia/webhook
  {{- end }}
{{- end }}
nats:
  url: {{ include "fascia.natsUrl" . | quote }}
  {{- if .Values.nats.server.enabled }}
  server:
    keysSecretName: {{ include "fascia.natsKeysSecret" . }}
    accountsSecretName: {{ include "fascia.natsAccountsSecret" . }}
  {{- else if .Values.nats.secretName }}
  credentialsDirectory: /etc/fascia/nats
  users:
    keySecretName: {{ include "fascia.natsPasswordsSecret" . }}
    accountsSecretName: {{ include "fascia.natsUsersSecret" . }}
  {{- end }}
  {{- with include "fascia.natsMonitoringUrl" . }}
  monitoringUrl: {{ . | quote }}
  {{- end }}
  streamReplicas: {{ .Values.nats.streamReplicas }}
{{- if .Values.ca.configMapName }}
trustedCAsFile: /etc/fascia/ca/ca.crt
{{- end }}
adapters:
  image: {{ include "fascia.ownImage" . | quote }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  imagePullSecrets: {{ include "fascia.pullSecretNames" . }}
  {{- with .Values.operator.runAsUser }}
  user: {{ int . }}
  {{- end }}
  resources:
    {{- toYaml .Values.adapters.resources | nindent 4 }}
  networkPolicy: {{ .Values.adapters.networkPolicy }}
  clusterDomain: {{ .Values.clusterDomain | quote }}
  {{- with .Values.telemetry.tracingEndpoint }}
  tracingEndpoint: {{ . | quote }}
  {{- end }}
  {{- if or .Values.proxy.http .Values.proxy.https }}
  proxy:
    {{- with .Values.proxy.http }}
    http: {{ . | quote }}
    {{- end }}
    {{- with .Values.proxy.https }}
    https: {{ . | quote }}
    {{- end }}
    noProxy: {{ .Values.proxy.noProxy | toJson }}
  {{- end }}
  {{- with .Values.telemetry.monitoringNamespace }}
  monitoringNamespace: {{ . | quote }}
  {{- end }}
{{- end }}

{{- define "fascia.pullSecretNames" -}}
{{- $names := list }}
{{- range .Values.imagePullSecrets }}{{ $names = append $names .name }}{{ end }}
{{- toJson $names }}
{{- end }}
