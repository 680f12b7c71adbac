"""
Checks of the pack's metadata that need nothing but Python 3 (PyYAML is used where it is there): what StackStorm-Exchange asks
of a pack, and what StackStorm refuses at registration. The action metadata itself is compared with the program in
tests/contract/metadata.test.ts.

    python3 -m unittest discover -s tests -p "test_*.py"      or      python3 tests/test_pack.py
"""
import json
import os
import re
import struct
import unittest

try:
    import yaml
except ImportError:  # a machine without PyYAML: the checks by text remain
    yaml = None

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
#: What YAML 1.1 turns into a boolean; StackStorm refuses it as a key.
BOOLEAN_WORDS = re.compile(r"^\s*(yes|no|on|off|y|n)\s*:", re.IGNORECASE)


def read(*parts):
    with open(os.path.join(ROOT, *parts), encoding="utf-8") as file:
        return file.read()


def yaml_files():
    """Every YAML file of the pack, less those of the tests and of dependencies."""
    for folder in ("", "actions", "workflows", "aliases", "rules", "policies", "triggers", "sensors"):
        directory = os.path.join(ROOT, folder)
        if os.path.isdir(directory):
            for name in sorted(os.listdir(directory)):
                if name.endswith((".yaml", ".yaml.example")):
                    yield os.path.join(folder, name)


def load(*parts):
    return yaml.safe_load(read(*parts))


class Files(unittest.TestCase):
    def test_what_a_pack_needs_is_there(self):
        for name in ("pack.yaml", "config.schema.yaml", "icon.png", "LICENSE", "README.md", "CHANGES.md", "actions/st2upgrade.js"):
            self.assertTrue(os.path.isfile(os.path.join(ROOT, name)), name)

    def test_exactly_one_example_configuration(self):
        self.assertEqual([name for name in os.listdir(ROOT) if name.endswith(".yaml.example")], ["st2upgrade.yaml.example"])

    def test_license_is_apache_2(self):
        text = read("LICENSE")
        self.assertIn("Apache License", text)
        self.assertIn("END OF TERMS AND CONDITIONS", text)

    def test_icon_is_a_png_of_64_pixels_or_more(self):
        with open(os.path.join(ROOT, "icon.png"), "rb") as file:
            head = file.read(24)
        self.assertEqual(head[:8], b"\x89PNG\r\n\x1a\n")
        width, height = struct.unpack(">II", head[16:24])
        self.assertEqual(width, height)
        self.assertGreaterEqual(width, 64)

    def test_the_program_can_be_run(self):
        self.assertTrue(os.access(os.path.join(ROOT, "actions", "st2upgrade.js"), os.X_OK))

    def test_workflows_are_found_beside_the_actions(self):
        link = os.path.join(ROOT, "actions", "workflows")
        self.assertTrue(os.path.islink(link))
        self.assertEqual(os.readlink(link), "../workflows")

    def test_tsconfig_and_package_are_strict_json(self):
        for name in ("tsconfig.json", "package.json"):
            json.loads(read(name))


class Yaml(unittest.TestCase):
    def test_one_document_a_file_and_no_boolean_words_as_keys(self):
        for name in yaml_files():
            lines = read(name).splitlines()
            self.assertLessEqual(sum(line.rstrip() == "---" for line in lines), 1, name)
            self.assertFalse(any(line.rstrip() == "..." for line in lines), name)
            self.assertEqual([line for line in lines if BOOLEAN_WORDS.match(line)], [], name)

    @unittest.skipIf(yaml is None, "PyYAML is not installed")
    def test_every_file_can_be_read(self):
        for name in yaml_files():
            self.assertIsInstance(load(name), dict, name)


@unittest.skipIf(yaml is None, "PyYAML is not installed")
class Metadata(unittest.TestCase):
    def test_pack(self):
        pack = load("pack.yaml")
        self.assertEqual((pack["ref"], pack["name"]), ("st2upgrade", "st2upgrade"))
        self.assertRegex(pack["version"], r"^\d+\.\d+\.\d+$")
        self.assertEqual(pack["version"], json.loads(read("package.json"))["version"])
        self.assertEqual(pack["python_versions"], ["3"])
        self.assertTrue(pack["author"] and pack["email"] and pack["description"])
        self.assertIn("## " + pack["version"], read("CHANGES.md"))

    def test_actions(self):
        for name in (name for name in yaml_files() if name.startswith("actions")):
            action = load(name)
            self.assertEqual(action["name"] + ".yaml", os.path.basename(name))
            self.assertIn(action["runner_type"], ("local-shell-script", "orquesta"))
            self.assertTrue(os.path.isfile(os.path.join(ROOT, "actions", action["entry_point"])), name)
            for parameter, schema in action["parameters"].items():
                self.assertRegex(parameter, r"^\w+$")
                self.assertTrue(schema.get("description"), "%s: %s" % (name, parameter))
                self.assertNotIn("position", schema)

    def test_settings_are_described_and_none_is_a_secret(self):
        for name, schema in load("config.schema.yaml").items():
            self.assertTrue(schema["description"], name)
            self.assertNotIn("secret", schema)
            self.assertIn(schema["type"], ("string", "integer"))

    def test_example_uses_only_settings_that_exist(self):
        self.assertLessEqual(set(load("st2upgrade.yaml.example")), set(load("config.schema.yaml")))


if __name__ == "__main__":
    unittest.main()
