"""Kinds of panels. Each takes a title, a description, a unit and its queries as (legend, expression)."""

from board import SOURCE

# Colours of Grafana's classic palette that mean something here.
GOOD, WATCH, BAD = "green", "yellow", "red"
DECISIONS = {"accept": "green", "review": "yellow", "reject": "red", "lower": "blue", "same": "green", "higher": "orange"}
LAST = {"calcs": ["lastNotNull"], "fields": "", "values": False}


class Panel:
    """A panel; `share` is its part of the row's width."""

    kind, instant = "timeseries", False

    def __init__(self, title, description, unit, queries, share=1, steps=None, decimals=None, least=None, most=None):
        self.title, self.description, self.unit, self.share = title, description, unit, share
        self.queries = [("", queries)] if isinstance(queries, str) else queries
        self.defaults = {"unit": unit, "thresholds": thresholds(steps)}
        limits = {"decimals": decimals, "min": least, "max": most}
        self.defaults.update({key: value for key, value in limits.items() if value is not None})
        self.overrides, self.mappings, self.transformations = [], [], []

    def mapped(self, words):
        """Shows numbers as (word, colour)."""
        options = {str(value): {"text": text, "color": colour} for value, (text, colour) in words.items()}
        self.mappings = [{"type": "value", "options": options}]
        return self

    def coloured(self, colours):
        """Gives a series of this name this colour."""
        for name, colour in colours.items():
            colour = {"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}
            self.overrides.append({"matcher": {"id": "byName", "options": name}, "properties": [colour]})
        return self

    def options(self):
        return {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }

    def custom(self):
        return {"lineWidth": 1, "fillOpacity": 8, "showPoints": "never", "spanNulls": False}

    def target(self, index, legend, expression):
        further = {"instant": True, "range": False, "format": "table"} if self.instant else {"range": True}
        reference = chr(ord("A") + index)
        return {"refId": reference, "datasource": SOURCE, "expr": expression, "legendFormat": legend, **further}

    def json(self):
        defaults = {**self.defaults, "mappings": self.mappings}
        custom = self.custom()
        if custom:
            defaults["custom"] = custom
        return {
            "type": self.kind,
            "title": self.title,
            "description": self.description,
            "datasource": SOURCE,
            "fieldConfig": {"defaults": defaults, "overrides": self.overrides},
            "options": self.options(),
            "targets": [self.target(index, *query) for index, query in enumerate(self.queries)],
            "transformations": self.transformations,
        }


class Lines(Panel):
    """Series over time."""


class Stack(Panel):
    """Series over time that add up to a whole."""

    def custom(self):
        return {**super().custom(), "fillOpacity": 60, "stacking": {"group": "A", "mode": "normal"}}


class Stat(Panel):
    """One number."""

    kind = "stat"

    def custom(self):
        return {}

    def options(self):
        return {"colorMode": "value", "graphMode": "area", "justifyMode": "auto", "reduceOptions": LAST, "textMode": "auto"}


class Bars(Panel):
    """One bar for each series, as things are now."""

    kind = "bargauge"

    def custom(self):
        return {}

    def options(self):
        return {"displayMode": "basic", "orientation": "horizontal", "reduceOptions": LAST, "showUnfilled": True}


class Heat(Panel):
    """Buckets of a histogram over time."""

    kind = "heatmap"

    def custom(self):
        return {}

    def options(self):
        return {
            "calculate": False,
            "cellGap": 1,
            "color": {"mode": "scheme", "scheme": "Oranges", "steps": 64},
            "yAxis": {"unit": self.unit, "axisPlacement": "left"},
            "tooltip": {"mode": "single", "yHistogram": True},
            "rowsFrame": {"layout": "le"},
        }

    def target(self, index, legend, expression):
        return {**super().target(index, legend, expression), "format": "heatmap", "legendFormat": "{{le}}"}


class Table(Panel):
    """Labels and values, as things are now; columns that say nothing are left out."""

    kind, instant = "table", True

    def __init__(self, *args, hidden=(), renamed=None, **named):
        super().__init__(*args, **named)
        hide = {name: True for name in ("Time", "__name__", "job", "instance", *hidden)}
        organize = {"excludeByName": hide, "renameByName": renamed or {}, "indexByName": {}}
        self.transformations = [{"id": "merge", "options": {}}, {"id": "organize", "options": organize}]

    def custom(self):
        return {"align": "auto", "cellOptions": {"type": "auto"}, "filterable": True}

    def options(self):
        return {"showHeader": True, "cellHeight": "sm"}


class Matrix(Table):
    """A table with one label down and one across."""

    def __init__(self, *args, down, across, **named):
        super().__init__(*args, **named)
        options = {"rowField": down, "columnField": across, "valueField": "Value", "emptyValue": "zero"}
        self.transformations = [{"id": "groupingToMatrix", "options": options}]


def thresholds(steps):
    """[(None, colour), (from, colour), …]; one colour without."""
    steps = steps or [(None, GOOD)]
    return {"mode": "absolute", "steps": [{"color": colour, "value": value} for value, colour in steps]}
