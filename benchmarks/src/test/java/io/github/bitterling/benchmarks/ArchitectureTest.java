package io.github.bitterling.benchmarks;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The module arrows of docs/architecture.md, and packages without cycles. */
class ArchitectureTest {
  private static final String ROOT = "io.github.bitterling.";

  /** Package of each module, and the modules it may use; nobody uses the benchmarks. */
  private static final Map<String, Set<String>> ARROWS =
      Map.of(
          "ir", Set.of(),
          "frontend", Set.of("ir"),
          "vmx", Set.of("ir", "frontend"),
          "jit", Set.of("ir", "vmx"),
          "flash", Set.of(),
          "minnow", Set.of("ir", "frontend", "vmx", "jit", "flash"),
          "benchmarks", Set.of("ir", "frontend", "vmx", "jit", "flash", "minnow"));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.github.bitterling");

  private static ArchRule onlyUses(String module, Set<String> allowed) {
    String[] forbidden =
        ARROWS.keySet().stream()
            .filter(other -> !other.equals(module) && !allowed.contains(other))
            .map(other -> ROOT + other + "..")
            .toArray(String[]::new);
    return noClasses()
        .that()
        .resideInAPackage(ROOT + module + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(forbidden)
        .as(module + " uses no other module of ours than " + allowed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ir", "frontend", "vmx", "jit", "flash", "minnow"})
  void aModuleUsesOnlyWhatItsArrowsSay(String module) {
    ArchRule rule = onlyUses(module, ARROWS.get(module));
    rule.allowEmptyShould(module.equals("jit")).check(CLASSES);
  }

  @Test
  void theRuleSeesAnArrowThatIsNotAllowed() {
    assertTrue(onlyUses("frontend", Set.of()).evaluate(CLASSES).hasViolation());
  }

  @Test
  void everyClassBelongsToAModule() {
    String[] known = ARROWS.keySet().stream().map(m -> ROOT + m + "..").toArray(String[]::new);
    noClasses().should().resideOutsideOfPackages(known).check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching(ROOT + "(**)").should().beFreeOfCycles().check(CLASSES);
  }

  /** Guest time never comes from the host: these modules do not read any clock. */
  @Test
  void theProcessorReadsNoHostClock() {
    for (String method : List.of("nanoTime", "currentTimeMillis")) {
      noClasses()
          .that()
          .resideInAnyPackage(ROOT + "ir..", ROOT + "frontend..", ROOT + "vmx..")
          .should()
          .callMethod(System.class, method)
          .check(CLASSES);
    }
  }
}
