package dev.sild;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The arrows of the house point one way. */
class ArchitectureTest {
  private static final JavaClasses ALL =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.sild");

  @Test
  void bindingsDoNotKnowTheRuntime() {
    noClasses()
        .that()
        .resideInAPackage("dev.sild.bindings..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.sild",
            "dev.sild.network..",
            "dev.sild.diffusion..",
            "dev.sild.sild..",
            "dev.sild.baseline..",
            "dev.sild.sampling..",
            "dev.sild.training..",
            "dev.sild.data..",
            "dev.sild.evaluation..",
            "dev.sild.export..",
            "dev.sild.report..",
            "dev.sild.bench..",
            "dev.sild.theory..",
            "dev.sild.cli..")
        .check(ALL);
  }

  @Test
  void devicesAreReachedThroughTheirInterface() {
    noClasses()
        .that()
        .resideInAPackage("dev.sild..")
        .and()
        .resideOutsideOfPackages("dev.sild.bindings..", "dev.sild.cli..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.sild.bindings.cpu..", "dev.sild.bindings.cuda..")
        .check(ALL);
  }

  @Test
  void packagesOfTheRuntimeHaveNoCycles() {
    slices().matching("dev.sild.(*)..").should().beFreeOfCycles().check(ALL);
  }

  @Test
  void nobodyKnowsTheCommandLine() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.sild.cli..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.sild.cli..", "picocli..", "me.tongfei..")
        .check(ALL);
  }

  @Test
  void jcudaStaysInItsRoom() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.sild.bindings.cuda..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("jcuda..")
        .check(ALL);
  }

  /** ONNX Runtime is optional: who does not measure with it does not load it. */
  @Test
  void onnxStaysInItsRooms() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.sild.export..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("ai.onnx.proto..", "com.google.protobuf..")
        .check(ALL);
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName("dev.sild.evaluation.OnnxNet")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("ai.onnxruntime..")
        .check(ALL);
  }

  @Test
  void chemistryStaysInItsRooms() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.sild.data.molecule..", "dev.sild.evaluation.molecule..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.openscience.cdk..", "org.apache.commons.csv..")
        .check(ALL);
  }

  @Test
  void foreignFunctionsStayInTheirRoom() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.sild.bindings.cpu..", "dev.sild.bindings.cuda..")
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.lang.foreign.Linker")
        .check(ALL);
  }
}
