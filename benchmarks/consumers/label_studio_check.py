"""Runs in an environment with label-studio-sdk: validates every task and annotation of an export.

Called with the directory of the exports. The labelling configuration is that of the guide, with the
decisions and labels that occur. Prints one JSON object.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

from label_studio_sdk.label_interface import LabelInterface


def values(tasks, name, key):
    found = {
        one: None
        for task in tasks
        for part in (*task["annotations"], *task["predictions"])
        for region in part["result"]
        if region["from_name"] == name
        for one in region["value"][key]
    }
    return list(found)


def choices(tag, names):
    return "".join(f'<{tag} value="{name}"/>' for name in names)


def configuration(tasks):
    decisions = choices("Choice", values(tasks, "decision", "choices"))
    labels = choices("Choice", values(tasks, "labels", "choices") or ["none"])
    harms = choices("Choice", values(tasks, "harm", "choices") or ["none"])
    spans = choices("Label", values(tasks, "span", "labels") or ["none"])
    return f"""<View>
  <Text name="prompt" value="$prompt"/>
  <Text name="output" value="$output"/>
  <Choices name="decision" toName="output">{decisions}</Choices>
  <Choices name="labels" toName="output" choice="multiple">{labels}</Choices>
  <Labels name="span" toName="output">{spans}</Labels>
  <TextArea name="rationale" toName="output"/>
  <TextArea name="edited_output" toName="output"/>
  <Rating name="confidence" toName="output" maxRating="5"/>
  <Rating name="strength" toName="output" maxRating="3"/>
  <Choices name="harm" toName="output">{harms}</Choices>
  <Number name="severity" toName="output" min="0" max="4"/>
  <Text name="a" value="$a"/>
  <Text name="b" value="$b"/>
  <Pairwise name="preference" toName="a,b"/>
</View>"""


def as_made(interface, region):
    made = interface.get_control("preference").label(region["value"]["selected"])._dict()
    parts = ("from_name", "to_name", "type", "value")
    return all(made[part] == region[part] for part in parts)


def main():
    tasks = json.loads((Path(sys.argv[1]) / "label-studio" / "tasks.json").read_text("utf-8"))
    interface = LabelInterface(configuration(tasks))
    wrong = []
    for task in tasks:
        name = task["data"]["case_id"]
        # `validate_task` of the SDK calls its own checks without their argument, so these are called here.
        for tag in interface.objects:
            if tag.value_is_variable and task["data"].get(tag.value_name) is None:
                wrong.append(f"{name}: no {tag.value_name}")
        for part in (*task["annotations"], *task["predictions"]):
            pairs = [region for region in part["result"] if region["type"] == "pairwise"]
            rest = {**part, "result": [one for one in part["result"] if one not in pairs]}
            wrong += [f"{name}: {error}" for error in interface.validate_prediction(rest, True)]
            # The SDK's check refuses what its own tag makes here, so it is compared with that.
            wrong += [f"{name}: pairwise" for region in pairs if not as_made(interface, region)]
    found = {"ok": not wrong, "rows": len(tasks), "error": "; ".join(wrong[:3])}
    name = f"label-studio-sdk {version('label-studio-sdk')}"
    print("FOUND " + json.dumps({"format": "label-studio", "consumer": name, **found}))


if __name__ == "__main__":
    main()
