{{/* What the operator does where Adapters and Integrations are. Secrets are written, never read: credentials of adapters. */}}
{{- define "fascia.namespacedRules" -}}
- apiGroups: [fascia.dev]
  resources: [integrations, policyexceptions]
  verbs: [list, watch]
- apiGroups: [fascia.dev]
  resources: [adapters]
  verbs: [list, watch, patch]
- apiGroups: [fascia.dev]
  resources: [adapters/status, integrations/status, policyexceptions/status]
  verbs: [patch]
- apiGroups: [fascia.dev]
  resources: [adapters/finalizers, integrations/finalizers]
  verbs: [update]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [list, watch, create, patch]
- apiGroups: [""]
  resources: [serviceaccounts]
  verbs: [list, watch, create, patch]
- apiGroups: [""]
  resources: [services, configmaps]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [secrets]
  verbs: [create, patch]
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
# Whether a namespace is being deleted: nothing is waited for then.
- apiGroups: [""]
  resources: [namespaces]
  verbs: [get]
{{ include "fascia.eventRules" . }}
{{- end }}

{{- define "fascia.eventRules" -}}
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{/* What it does with kinds that are in no namespace. */}}
{{- define "fascia.clusterRules" -}}
- apiGroups: [fascia.dev]
  resources: [contractversions, datadomains]
  verbs: [list, watch, patch]
- apiGroups: [fascia.dev]
  resources: [adapterclasses]
  verbs: [list, watch]
- apiGroups: [fascia.dev]
  resources: [datadomains/status, adapterclasses/status, contractversions/status]
  verbs: [patch]
{{- if .Values.webhook.enabled }}
# Whether who asks is a steward, may approve, or may use a class.
- apiGroups: [authorization.k8s.io]
  resources: [subjectaccessreviews]
  verbs: [create]
{{- end }}
- apiGroups: [admissionregistration.k8s.io]
  resources: [validatingwebhookconfigurations]
  resourceNames: [{{ include "fascia.webhookConfiguration" . }}]
  verbs: [get{{ if and .Values.webhook.enabled (eq .Values.webhook.certificate.mode "SelfManaged") }}, patch{{ end }}]
{{- end }}

{{/* What it keeps for itself, in its own namespace. */}}
{{- define "fascia.ownRules" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [{{ include "fascia.fullname" . }}]
  verbs: [get, update]
- apiGroups: [""]
  resources: [secrets]
  verbs: [create]
- apiGroups: [""]
  resources: [secrets]
  resourceNames: [{{ include "fascia.keysSecret" . }}]
  verbs: [get]
{{- if and .Values.webhook.enabled (eq .Values.webhook.certificate.mode "SelfManaged") }}
- apiGroups: [""]
  resources: [secrets]
  resourceNames: [{{ include "fascia.webhookSecret" . }}]
  verbs: [get, patch]
{{- end }}
{{- if .Values.nats.server.enabled }}
- apiGroups: [""]
  resources: [secrets]
  resourceNames: [{{ include "fascia.natsKeysSecret" . }}]
  verbs: [get]
- apiGroups: [""]
  resources: [secrets]
  resourceNames: [{{ include "fascia.natsAccountsSecret" . }}]
  verbs: [get, patch]
{{- else if .Values.nats.secretName }}
- apiGroups: [""]
  resources: [secrets]
  resourceNames: [{{ include "fascia.natsPasswordsSecret" . }}]
  verbs: [get]
- apiGroups: [""]
  resources: [secrets]
  resourceNames: [{{ include "fascia.natsUsersSecret" . }}]
  verbs: [get, patch]
{{- end }}
{{- end }}

{{/* A binding of (list root kind name namespace): roleRef and subject. */}}
{{- define "fascia.binding" -}}
{{- $root := index . 0 -}}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ index . 1 }}
  name: {{ index . 2 }}
subjects:
  - kind: ServiceAccount
    name: {{ include "fascia.serviceAccountName" $root }}
    namespace: {{ $root.Release.Namespace }}
{{- end }}
