{{- define "bystander.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "bystander.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "bystander.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "bystander.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "bystander.selector" -}}
app.kubernetes.io/name: {{ include "bystander.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "bystander.labels" -}}
{{ include "bystander.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "bystander.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "bystander.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "bystander.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* Over everything that is read at start and that the chart knows: the config, and where secrets and models come from. What is
in a secret or a claim isn't known to it. */}}
{{- define "bystander.checksum" -}}
{{- $values := .Values -}}
{{- pick $values "config" "secrets" "configMaps" "tokens" "envFrom" "env" "models" "shards" | toJson | sha256sum -}}
{{- end -}}

{{/* What every container may do: nothing but its work. */}}
{{- define "bystander.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* What every pod of the chart has in common; the caller passes (dict "root" $ "results" bool). */}}
{{- define "bystander.pod" -}}
{{- $root := .root -}}
{{- with $root.Values -}}
serviceAccountName: {{ include "bystander.serviceAccount" $root }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: { type: RuntimeDefault }
{{- if .models.image }}
initContainers:
  - name: models
    image: {{ .models.image | quote }}
    command: [cp, -R, {{ printf "%s/." .models.path | quote }}, /var/lib/bystander/models]
    securityContext:
      {{- include "bystander.containerSecurity" $root | nindent 6 }}
    resources:
      requests: { cpu: 50m, memory: 32Mi }
      limits: { memory: 128Mi }
    volumeMounts:
      - { name: models, mountPath: /var/lib/bystander/models }
{{- end }}
volumes:
  - name: config
    configMap: { name: {{ include "bystander.fullname" $root }} }
  {{- if .models.existingClaim }}
  - name: models
    persistentVolumeClaim: { claimName: {{ .models.existingClaim }}, readOnly: true }
  {{- else if .models.image }}
  - name: models
    emptyDir: {}
  {{- end }}
  {{- range .secrets }}
  - name: secret-{{ .name }}
    secret: { secretName: {{ .secretName }}, defaultMode: 0440 }
  {{- end }}
  {{- range .configMaps }}
  - name: config-map-{{ .name }}
    configMap: { name: {{ .configMapName }} }
  {{- end }}
  {{- range .tokens }}
  - name: token-{{ .name }}
    projected:
      defaultMode: 0440
      sources:
        - serviceAccountToken:
            path: token
            audience: {{ .audience | quote }}
            expirationSeconds: {{ .expirationSeconds | default 3600 | int }}
  {{- end }}
{{- end }}
  {{- if .results }}
  - name: results
    {{- if $root.Values.results.existingClaim }}
    persistentVolumeClaim: { claimName: {{ $root.Values.results.existingClaim }} }
    {{- else }}
    emptyDir: {}
    {{- end }}
  {{- end }}
{{- with $root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What every container of Bystander has in common; the same arguments, and "resources" where it has its own. */}}
{{- define "bystander.container" -}}
{{- $root := .root -}}
image: {{ include "bystander.image" $root | quote }}
imagePullPolicy: {{ $root.Values.image.pullPolicy }}
securityContext:
  {{- include "bystander.containerSecurity" $root | nindent 2 }}
env:
  - { name: BYSTANDER__SHADOW__SHARDS, value: {{ $root.Values.shards | quote }} }
  - { name: BYSTANDER__HTTP__LISTEN, value: "0.0.0.0:9464" }
  {{- if or $root.Values.models.existingClaim $root.Values.models.image }}
  - { name: BYSTANDER__MODELS__REPOSITORY, value: /var/lib/bystander/models }
  {{- else }}
  - { name: BYSTANDER__MODELS__REPOSITORY, value: /usr/local/share/bystander/models }
  {{- end }}
  {{- with $root.Values.env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with $root.Values.envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
resources:
  {{- toYaml (.resources | default $root.Values.resources) | nindent 2 }}
volumeMounts:
  - { name: config, mountPath: /etc/bystander/bystander.toml, subPath: bystander.toml, readOnly: true }
  {{- if or $root.Values.models.existingClaim $root.Values.models.image }}
  - { name: models, mountPath: /var/lib/bystander/models, readOnly: true }
  {{- end }}
  {{- range $root.Values.secrets }}
  - { name: secret-{{ .name }}, mountPath: /etc/bystander/secrets/{{ .name }}, readOnly: true }
  {{- end }}
  {{- range $root.Values.configMaps }}
  - { name: config-map-{{ .name }}, mountPath: /etc/bystander/config-maps/{{ .name }}, readOnly: true }
  {{- end }}
  {{- range $root.Values.tokens }}
  - { name: token-{{ .name }}, mountPath: /var/run/secrets/bystander/{{ .name }}, readOnly: true }
  {{- end }}
  {{- if .gates }}
  - { name: config, mountPath: /etc/bystander/gates.toml, subPath: gates.toml, readOnly: true }
  {{- end }}
  {{- if .results }}
  - { name: results, mountPath: /results }
  {{- end }}
{{- end -}}
