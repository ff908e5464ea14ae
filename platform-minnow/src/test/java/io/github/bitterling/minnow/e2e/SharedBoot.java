package io.github.bitterling.minnow.e2e;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives tests the standard boot, run once for all classes that look at it. */
final class SharedBoot implements ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(SharedBoot.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Run.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent("standard boot", key -> Run.of(Setup.standard()).run(), Run.class);
  }
}
