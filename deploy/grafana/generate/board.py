"""The frame of a dashboard: variables, links, annotations, and where its panels stand."""

SOURCE = {"type": "prometheus", "uid": "${datasource}"}

# Every query selects by these; the further ones narrow down to a stream, and to a model's version.
SCOPE = 'job=~"$job", instance=~"$instance"'
STREAM = SCOPE + ', stream=~"$stream"'
MODEL = STREAM + ', model=~"$model", version=~"$version"'

# A version that an hour ago scored nothing.
MODEL_CHANGES = (
    "group by (stream, model, version, alias) (bystander_model_info{job=~\"$job\"}) unless "
    "group by (stream, model, version, alias) (last_over_time(bystander_model_info{job=~\"$job\"}[1h] offset 2m))"
)

VARIABLES = {
    "job": ("Job", "label_values(bystander_build_info, job)"),
    "instance": ("Instance", 'label_values(bystander_build_info{job=~"$job"}, instance)'),
    "stream": ("Stream", 'label_values(bystander_records_total{job=~"$job"}, stream)'),
    "model": ("Model", 'label_values(bystander_model_info{job=~"$job", stream=~"$stream"}, model)'),
    "version": ("Version", 'label_values(bystander_model_info{job=~"$job", model=~"$model"}, version)'),
}
# The report is no instance of `run`; its streams and models are those of the comparisons.
REPORT_VARIABLES = {
    "job": ("Job", "label_values(bystander_report_generated_timestamp_seconds, job)"),
    "instance": ("Instance", 'label_values(bystander_report_generated_timestamp_seconds{job=~"$job"}, instance)'),
    "stream": ("Stream", 'label_values(bystander_report_value{job=~"$job"}, stream)'),
    "model": ("Model", 'label_values(bystander_report_value{job=~"$job", stream=~"$stream"}, model)'),
    "version": ("Version", 'label_values(bystander_report_value{job=~"$job", model=~"$model"}, version)'),
}


class Board:
    """A dashboard that is filled row by row."""

    def __init__(self, name, title, description, variables=(), since="now-6h", source=VARIABLES):
        self.name, self.title, self.description, self.since = name, title, description, since
        self.variables = [(name, *source[name]) for name in ("job", "instance", *variables)]
        self.panels, self.top = [], 0

    def row(self, title, *panels, height=8):
        """A titled row; the panels share its width as their shares say."""
        self.place({"type": "row", "title": title, "collapsed": False, "panels": []}, 0, 24, 1)
        self.top += 1
        whole, before = sum(panel.share for panel in panels), 0
        for panel in panels:
            left, right = 24 * before // whole, 24 * (before + panel.share) // whole
            self.place(panel.json(), left, right - left, height)
            before += panel.share
        self.top += height
        return self

    def place(self, panel, left, width, height):
        at = {"x": left, "y": self.top, "w": width, "h": height}
        self.panels.append({**panel, "id": len(self.panels) + 1, "gridPos": at})

    def json(self):
        """The dashboard as Grafana reads it (classic schema)."""
        return {
            "uid": f"bystander-{self.name}",
            "title": f"Bystander / {self.title}",
            "description": self.description,
            "tags": ["bystander"],
            "schemaVersion": 39,
            "version": 1,
            "editable": False,
            "graphTooltip": 1,
            "timezone": "browser",
            "refresh": "30s",
            "time": {"from": self.since, "to": "now"},
            "links": [link()],
            "annotations": {"list": [annotation()]},
            "templating": {"list": [datasource(), *(variable(*each) for each in self.variables)]},
            "panels": self.panels,
        }


def link():
    """The other dashboards, with the time range and the variables kept."""
    return {
        "type": "dashboards",
        "title": "Bystander",
        "tags": ["bystander"],
        "asDropdown": False,
        "includeVars": True,
        "keepTime": True,
        "targetBlank": False,
    }


def annotation():
    return {
        "name": "Model changes",
        "datasource": SOURCE,
        "enable": True,
        "hide": False,
        "iconColor": "purple",
        "expr": MODEL_CHANGES,
        "step": "60s",
        "titleFormat": "{{model}}/{{version}} scores",
        "textFormat": "stream {{stream}}, alias {{alias}}",
        "tagKeys": "model,version",
    }


def datasource():
    return {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}


def variable(name, label, query):
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": query, "refId": name},
        "definition": query,
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".+",
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
    }
